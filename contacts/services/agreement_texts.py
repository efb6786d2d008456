"""Versions of the agreement text: published once, chosen by member type and language, filled."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, NotConfigured
from backoffice.core.queries import issuer_on
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update
from contacts.agreement_text import digest, fill, unknown_placeholders
from contacts.countries import country_name
from contacts.models import AgreementText, MembershipApplication


def publish_text(*, text: AgreementText, on: date, actor: Actor) -> AgreementText:
    """From now on new agreements use this text; it never changes again. Raises: BadInput."""
    unknown = unknown_placeholders(text.body)
    if unknown:
        raise BadInput(
            _("The text names “%(name)s” in braces, which nothing fills.") % {"name": unknown[0]},
            code="placeholder",
        )
    with transaction.atomic():
        guarded_update(
            text, expect={"published_on": None, "body": text.body},
            set={"published_on": on, "sha256": digest(text.body)}, actor=actor,
        )  # fmt: skip
        audit.record("agreements", "publish", actor=actor, subject=text,
                     facts={"sha256": text.sha256, "on": on})  # fmt: skip
    return text


def text_for(application: MembershipApplication, *, on: date) -> AgreementText:
    """The newest published text for the member type, in the applicant's language where there is one.

    Raises: NotConfigured.
    """
    published = AgreementText.objects.filter(published_on__lte=on).filter(
        Q(member_type=application.member_type_id) | Q(member_type__isnull=True)
    )
    language = "de" if application.language.startswith("de") else "en-gb"
    ranked = sorted(
        published,
        key=lambda text: (
            text.member_type_id is not None, text.language == language, text.published_on, text.pk
        ),
        reverse=True,
    )  # fmt: skip
    if not ranked:
        raise NotConfigured(_("No agreement text is published."))
    return ranked[0]


def filled_text(application: MembershipApplication, text: AgreementText, *, on: date) -> str:
    """The text with the applicant's values, as it is signed."""
    issuer = issuer_on(on)
    if issuer is None:
        raise NotConfigured(_("No issuer is set up that is valid on %(day)s.") % {"day": on})
    with override(text.language):
        label = application.member_type.label
        if text.language == "de":
            label = application.member_type.label_de or label
        return fill(
            text.body,
            {
                "agency": issuer.legal_name,
                "agency_address": f"{issuer.street}, {issuer.post_code} {issuer.city}",
                "organisation": application.organisation_name,
                "address": ", ".join(
                    part for part in (application.street,
                                      f"{application.post_code} {application.city}".strip())
                    if part
                ),
                "country": country_name(application.country),
                "member_type": label,
                "lead": application.lead.name if application.lead else "–",
                "effective_on": date_format(application.effective_on, "DATE_FORMAT")
                if application.effective_on
                else "–",
            },
        )  # fmt: skip
