"""The signed agreement as a stored PDF. Runs in a worker, never in a transaction."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from backoffice.core.enums import StorageState
from backoffice.core.queries import issuer_on
from backoffice.core.services import documents
from backoffice.core.services.pdf import PrintJob, render_apart
from contacts.agreement_text import paragraphs
from contacts.models import MembershipApplication
from contacts.services.applications import tell_applicant


def print_agreement(application_id: int) -> None:
    """Renders, stores and mails the countersigned agreement; may be repeated after a crash."""
    application = MembershipApplication.objects.select_related(
        "agreement_file", "countersigned_by", "organisation"
    ).get(pk=application_id)
    document = application.agreement_file
    if document is None:
        return
    if document.state != StorageState.STORED:
        documents.store_bytes(document, render_apart(_print_job(application)))
    with transaction.atomic():
        tell_applicant(application, "executed")


def _print_job(application: MembershipApplication) -> PrintJob:
    language = "de" if application.agreement_version.endswith("(de)") else "en-gb"
    with translation.override(language):
        html = render_to_string(
            "pdf/contacts/agreement.html",
            {
                "application": application,
                "blocks": paragraphs(application.agreement_text),
                "issuer": issuer_on(application.countersigned_on),  # type: ignore[arg-type]
                "language": language,
            },
        )
    sheet = Path(settings.BASE_DIR) / "templates/pdf/contacts/agreement.css"
    return PrintJob(
        html, (str(sheet),), identifier=bytes.fromhex(application.agreement_sha256[:32])
    )
