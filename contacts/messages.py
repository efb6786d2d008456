"""The mails about an application and its agreement, built at hand-off in the applicant's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.core import dates
from backoffice.core.enums import StorageState
from backoffice.core.queries import issuer_on
from backoffice.core.services import documents
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS, Attachment, Message, MessageKind
from contacts.models import MembershipApplication


@dataclass(frozen=True)
class Letter:
    """Subject, paragraphs, and at most one link with its label."""

    subject: str
    lines: tuple[str, ...]
    path: str = ""
    label: str = ""


def public_url(path: str) -> str:
    return f"{settings.ROLLCALL_BASE_URL}{path}"


def as_message(letter: Letter, *, why: str, attachments: tuple[Attachment, ...] = ()) -> Message:
    """Text and HTML of a letter, in the language that is active."""
    context = {
        "lines": letter.lines,
        "link": public_url(letter.path) if letter.path else "",
        "link_label": letter.label,
        "issuer": issuer_on(dates.today()),
    }
    return Message(
        letter.subject,
        render_to_string("contacts/mail/plain.txt", context),
        render_to_string("contacts/mail/plain.html", context),
        attachments,
        why=why,
    )


def row_of(delivery: Delivery) -> int:
    return int(delivery.about.rpartition(":")[2])


def _own_page(application: MembershipApplication, preview: bool) -> str:
    from contacts.services.applications import application_token

    return f"/apply/{'preview' if preview else application_token(application)}/"


def _confirm(application: MembershipApplication, preview: bool) -> Letter:
    return Letter(
        _("Please confirm your application for membership"),
        (
            _("Somebody applied for membership of %(name)s and gave your address.")
            % {"name": application.organisation_name},
            _(
                "If it was you, open this page and confirm. Only then do we look at the application."
            ),
            _(
                "If it was not you, do nothing: without your confirmation it is deleted after 14 days."
            ),
        ),
        _own_page(application, preview),
        _("Open the page"),
    )


def _received(application: MembershipApplication, preview: bool) -> Letter:
    return Letter(
        _("We have received your application"),
        (
            _(
                "Thank you for the application of %(name)s. We check it and answer within 10 working days."
            )
            % {"name": application.organisation_name},
            _("On this page you see how far we are, and can withdraw the application."),
        ),
        _own_page(application, preview),
        _("Your application"),
    )


def _approved(application: MembershipApplication, preview: bool) -> Letter:
    return Letter(
        _("Your application was approved"),
        (
            _("The application of %(name)s was approved.")
            % {"name": application.organisation_name},
            _("Next you get the agreement to sign, by a link in a separate mail."),
        ),
        _own_page(application, preview),
        _("Your application"),
    )


def _refused(application: MembershipApplication, preview: bool) -> Letter:
    return Letter(
        _("Your application was not approved"),
        (
            _("We cannot approve the application of %(name)s. The reason:")
            % {"name": application.organisation_name},
            application.refusal_reason,
            _("If you think that this is a mistake, answer this mail."),
        ),
    )


def _withdrawn(application: MembershipApplication, preview: bool) -> Letter:
    return Letter(
        _("Your application was withdrawn"),
        (
            _("The application of %(name)s was withdrawn. You may apply again at any time.")
            % {"name": application.organisation_name},
        ),
    )


def _agreement(application: MembershipApplication, preview: bool) -> Letter:
    from contacts.services.agreements import signing_token

    until = application.signing_until
    return Letter(
        _("Agreement to sign"),
        (
            _(
                "Here is the agreement for %(name)s. Read it and sign it on this page; no account is needed."
            )
            % {"name": application.organisation_name},
            _("If somebody else may sign for your organisation, forward this mail to that person."),
            _("The link holds until %(day)s.")
            % {"day": date_format(until, "DATE_FORMAT") if until else "–"},
        ),
        f"/apply/sign/{'preview' if preview else signing_token(application)}/",
        _("Read and sign"),
    )


def _signed(application: MembershipApplication, preview: bool) -> Letter:
    return Letter(
        _("The agreement was signed"),
        (
            _("The agreement of %(name)s was signed. We countersign it and send you the file.")
            % {"name": application.organisation_name},
            _("SHA-256 of the signed text: %(hash)s") % {"hash": application.agreement_sha256},
            _("If nobody of your organisation signed, answer this mail at once."),
        ),
    )


def _executed(application: MembershipApplication, preview: bool) -> Letter:
    return Letter(
        _("Your signed agreement"),
        (
            _("Attached is the agreement of %(name)s, signed by both sides. Please keep it.")
            % {"name": application.organisation_name},
        ),
    )


def _accepted(application: MembershipApplication, preview: bool) -> Letter:
    return Letter(
        _("Welcome as a member"),
        (
            _("%(name)s is a member as agreed. Thank you for joining.")
            % {"name": application.organisation_name},
            _(
                "The people you named get what belongs to their duties. Tell us when somebody changes."
            ),
        ),
        _own_page(application, preview),
        _("Your application"),
    )


LETTERS: dict[str, Callable[[MembershipApplication, bool], Letter]] = {
    "confirm": _confirm,
    "received": _received,
    "approved": _approved,
    "refused": _refused,
    "withdrawn": _withdrawn,
    "agreement": _agreement,
    "signed": _signed,
    "executed": _executed,
    "accepted": _accepted,
}


def application_builder(word: str) -> Callable[..., Message]:
    """The builder of one mail to an applicant."""

    def build(delivery: Delivery, secret=None, preview: bool = False) -> Message:
        application = MembershipApplication.objects.select_related("agreement_file").get(
            pk=row_of(delivery)
        )
        with translation.override(delivery.language):
            return as_message(
                LETTERS[word](application, preview),
                why=_("You get this mail because of the application of %(name)s for membership.")
                % {"name": application.organisation_name},
                attachments=_files(application) if word == "executed" else (),
            )

    return build


def _files(application: MembershipApplication) -> tuple[Attachment, ...]:
    document = application.agreement_file
    if document is None or document.state != StorageState.STORED:
        return ()
    return (Attachment(document.file_name, document.media_type, documents.read_bytes(document)),)


def register() -> None:
    for word in LETTERS:
        MESSAGE_KINDS.add(f"contacts.application_{word}", MessageKind(application_builder(word)))
