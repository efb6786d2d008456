"""The certified result on paper, in English and German, rendered outside the web process."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override

from backoffice.core.errors import InvalidTransition
from backoffice.core.queries import issuer_on
from backoffice.core.services.documents import store_new
from backoffice.core.services.pdf import PrintJob, render_apart
from governance import messages, results
from governance.enums import ElectionState
from governance.models import Election, ElectionFile
from governance.queries import turnout

STYLESHEET = str(Path(settings.BASE_DIR) / "templates" / "pdf" / "governance" / "result.css")
LANGUAGES = ("en", "de")


def result_page(election: Election, language: str) -> str:
    """The page as HTML in one language."""
    assert election.certified_on is not None
    with override(language):
        return render_to_string(
            "pdf/governance/result.html",
            {
                "election": election,
                "language": language,
                "title": messages.title_of(election, language),
                **messages.times(election),
                "issuer": issuer_on(election.certified_on),
                "contests": results.shown_results(election),
                "report": election.report,
                "turnout": turnout(election),
                "files": election.files.filter(public=True, name__endswith=".json"),
                "certifications": election.certifications.select_related("teller__user"),
            },
        )


def print_result(*, election: Election) -> list[ElectionFile]:
    """Renders, stores and publishes what is missing; the same result gives the same bytes.

    Raises: InvalidTransition before certification; NotConfigured where no PDF can be made.
    """
    if election.state not in (ElectionState.CERTIFIED, ElectionState.DESTROYED):
        raise InvalidTransition("Only a certified result is printed.")
    made = []
    for language in LANGUAGES:
        name = f"result-{language}.pdf"
        if election.files.filter(name=name).exists():
            continue
        page = PrintJob(
            html=result_page(election, language),
            stylesheets=(STYLESHEET,),
            identifier=election.key.bytes,
        )
        document = store_new(
            render_apart(page),
            kind="governance.result",
            subject=f"governance.election:{election.pk}",
            file_name=f"{election.slug}-{name}",
            media_type="application/pdf",
        )
        with transaction.atomic():
            made.append(
                ElectionFile.objects.create(
                    election=election,
                    name=name,
                    document=document,
                    sha256=document.sha256,
                    public=True,
                )
            )
    return made
