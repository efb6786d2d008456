"""The mails of a case, built at hand-off in the person's language."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.core import dates
from backoffice.core.queries import issuer_on
from backoffice.core.services import documents
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS, Attachment, Message, MessageKind
from contacts.privacy.enums import Channel
from contacts.privacy.models import PrivacyCase

# Written by a program in answer to a mail (RFC 3834 section 5).
REPLY = {"Auto-Submitted": "auto-replied"}
KINDS = (
    "acknowledgement", "identity", "organisation", "extension", "answer", "export", "lifting",
)  # fmt: skip


def _subject(word: str, case: PrivacyCase) -> str:
    return {
        "acknowledgement": _("We have received your request %(ref)s"),
        "identity": _("Please confirm your request %(ref)s"),
        "organisation": _("Your message %(ref)s: the organisation is asked"),
        "extension": _("Your request %(ref)s takes longer"),
        "answer": _("Answer to your request %(ref)s"),
        "lifting": _("The restriction of your data ends, request %(ref)s"),
        "export": _("Your data, request %(ref)s"),
    }[word] % {"ref": case.reference}


def _link(word: str, case: PrivacyCase, preview: bool) -> str:
    from contacts.privacy.services.cases import identity_token
    from contacts.privacy.services.export import export_token

    if word == "identity":
        token = "preview" if preview else identity_token(case)
        return f"{settings.ROLLCALL_BASE_URL}/p/confirm/{token}/"
    if word == "export":
        token = "preview" if preview else export_token(case)
        return f"{settings.ROLLCALL_BASE_URL}/p/export/{token}/"
    return ""


def builder(word: str):
    def build(delivery: Delivery, secret=None, preview: bool = False) -> Message:
        case = PrivacyCase.objects.select_related("certificate").get(
            pk=int(delivery.about.rpartition(":")[2])
        )
        issuer = issuer_on(dates.today())
        context = {"case": case, "link": _link(word, case, preview), "issuer": issuer}
        with translation.override(delivery.language):
            text = render_to_string(f"privacy/mail/{word}.txt", context)
            html = render_to_string(f"privacy/mail/{word}.html", context)
            subject = _subject(word, case)
            why = _("You get this mail because of your request %(ref)s.") % {"ref": case.reference}
        attachments: tuple[Attachment, ...] = ()
        if word == "answer" and case.certificate is not None:
            attachments = (
                Attachment(
                    f"{case.reference}.pdf", "application/pdf",
                    documents.read_bytes(case.certificate),
                ),
            )  # fmt: skip
        return Message(
            subject, text, html, attachments, why=why,
            reply_to=(issuer and issuer.privacy_email) or f"privacy@{settings.ROLLCALL_INBOUND_DOMAIN}",
            headers=REPLY if word == "acknowledgement" and case.channel == Channel.MAIL else {},
        )  # fmt: skip

    return build


def register() -> None:
    for word in KINDS:
        MESSAGE_KINDS.add(f"privacy.{word}", MessageKind(builder(word)))
