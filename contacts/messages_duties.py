"""Mails about the hand-over of a duty and the yearly confirmation, built at hand-off."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS, Message, MessageKind
from contacts.messages import Letter, as_message, row_of
from contacts.models import ContactConfirmation, HandOver
from contacts.public_forms import local_label
from contacts.registry import RECEIVES


def received_words(role_code: str, language: str) -> list[str]:
    """What comes with a duty, from every app that knows."""
    return [line for _name, receives in RECEIVES for line in receives(role_code, language)]


def _ask(handover: HandOver, preview: bool) -> Letter:
    from contacts.services.handover import handover_token

    words = {"role": local_label(handover.role_type), "organisation": handover.organisation.name}
    return Letter(
        _("Who takes over: %(role)s at %(organisation)s?") % words,
        (
            _("Somebody is needed for the duty “%(role)s” of %(organisation)s.") % words,
            _("You hold a duty there, so we ask you. Open this page and name the person; no account is needed."),
            _("We look at every answer before anything changes. The link holds until %(day)s.")
            % {"day": date_format(handover.expires_on, "DATE_FORMAT")},
        ),
        f"/duty/hand-over/{'preview' if preview else handover_token(handover)}/",
        _("Name the successor"),
    )  # fmt: skip


def _holder(handover: HandOver, preview: bool) -> Letter:
    words = {"role": local_label(handover.role_type), "organisation": handover.organisation.name}
    received = received_words(handover.role_type.code, translation.get_language() or "en-gb")
    lines = [
        _(
            "A colleague named you for the duty “%(role)s” of %(organisation)s. From now on you hold it."
        )
        % words,
        _("We store your name and address for this duty; they came from your organisation."),
    ]
    if received:
        lines.append(_("You will receive: %(what)s.") % {"what": ", ".join(received)})
    lines.append(_("If this is wrong, answer this mail."))
    return Letter(_("You are now: %(role)s at %(organisation)s") % words, tuple(lines))


HANDOVER_LETTERS: dict[str, Callable[[HandOver, bool], Letter]] = {"ask": _ask, "holder": _holder}


def handover_builder(word: str) -> Callable[..., Message]:
    """The builder of one mail about a hand-over."""

    def build(delivery: Delivery, secret=None, preview: bool = False) -> Message:
        handover = HandOver.objects.select_related("organisation", "role_type").get(
            pk=row_of(delivery)
        )
        with translation.override(delivery.language):
            return as_message(
                HANDOVER_LETTERS[word](handover, preview),
                why=_("You get this mail because you hold a duty for %(name)s.")
                % {"name": handover.organisation.name},
            )

    return build


def confirm_contacts(delivery: Delivery, secret=None, preview: bool = False) -> Message:
    """The yearly question, and its reminders."""
    from contacts.services.rounds import confirmation_token

    row = ContactConfirmation.objects.select_related("round", "organisation").get(
        pk=row_of(delivery)
    )
    reminder = not (delivery.dedupe_key or "").endswith(":0")
    words = {"organisation": row.organisation.name, "year": row.round.year}
    with translation.override(delivery.language):
        subject = _("Please confirm the contacts of %(organisation)s") % words
        letter = Letter(
            _("Reminder: %(subject)s") % {"subject": subject} if reminder else subject,
            (
                _("Once a year we ask every member whether the people we know still hold their duties."),
                _("Open this page: if all is right, one click is enough. If not, say what has changed."),
                _("No account is needed. Answers count until %(day)s.")
                % {"day": date_format(row.round.closes_on, "DATE_FORMAT")},
            ),
            f"/duty/confirm/{'preview' if preview else confirmation_token(row)}/",
            _("Look at the contacts"),
        )  # fmt: skip
        return as_message(
            letter,
            why=_("You get this mail because you hold a duty for %(name)s.")
            % {"name": row.organisation.name},
        )


def register() -> None:
    for word in HANDOVER_LETTERS:
        MESSAGE_KINDS.add(f"contacts.handover_{word}", MessageKind(handover_builder(word)))
    MESSAGE_KINDS.add("contacts.confirm_contacts", MessageKind(confirm_contacts))
