"""Mail to the privacy address becomes a case. A parser suggests and acknowledges; it deletes nothing,
and a sender's name proves nothing: only the signed link to the address on file does."""

from __future__ import annotations

from django.utils import timezone

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput
from backoffice.core.services import audit
from backoffice.delivery.models import InboundMail
from backoffice.delivery.services import address_hash
from backoffice.delivery.services.inbound import addresses_of
from contacts.privacy.enums import CaseState, Channel
from contacts.privacy.mail_text import reference_in, words_of_mail
from contacts.privacy.models import PrivacyCase
from contacts.privacy.reading import Reading, read_request
from contacts.privacy.services.cases import stream_of
from contacts.privacy.services.opening import add_words, open_case
from contacts.services.people import find_contact

HANDLER = "privacy"


def take_mail(mail: InboundMail) -> bool:
    """Opens a case, adds to the one it answers, or leaves the mail to people: what a program wrote,
    what came from ourselves, and what has no usable sender. In the caller's transaction."""
    if mail.automatic:
        return False
    try:
        sender = normalise_address(mail.sender)
    except BadInput:
        return False
    if sender in addresses_of(HANDLER):
        return False
    text = words_of_mail(bytes(mail.raw))
    if not _answers_a_case(mail, sender, text):
        _open(mail, sender, text)
    return True


def _open(mail: InboundMail, sender: str, text: str) -> None:
    reading = read_request(mail.subject, text)
    open_case(
        kind=reading.kind,
        channel=Channel.MAIL,
        address=sender,
        received_on=timezone.localdate(mail.received_at),
        actor=Actor.process("privacy_mail"),
        language=_language(reading, sender),
        raw_text=f"{mail.subject}\n\n{text}".strip(),
        source_key=f"mail:{mail.message_key}",
        stop_mail=reading.stops,
        suggested=reading.kinds,
    )


def _language(reading: Reading, sender: str) -> str:
    """The language of the mail; the contact's own where the mail does not tell."""
    if reading.language:
        return reading.language
    contact = find_contact(sender)
    return contact.language if contact else "en-gb"


def _answers_a_case(mail: InboundMail, sender: str, text: str) -> bool:
    """Adds a reply to the open case whose reference it names, if it comes from that case's address.

    Anybody may write a reference: from another address it is a new case.
    """
    reference = reference_in(mail.subject)
    if not reference:
        return False
    case = (
        PrivacyCase.objects.filter(reference=reference, address_hash=address_hash(sender))
        .exclude(state=CaseState.CLOSED)
        .first()
    )
    if case is None:
        return False
    add_words(case, text, on=timezone.localdate(mail.received_at))
    PrivacyCase.objects.filter(pk=case.pk).update(unread_since=dates.now())
    audit.record(stream_of(case), "wrote_again", actor=Actor.process("privacy_mail"))
    return True
