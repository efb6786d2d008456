"""A short mail as a greeting, paragraphs, a few facts and at most one link.

Text and HTML are made from the same words, so neither can say more than the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string

from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Attachment, Message


@dataclass(frozen=True)
class Letter:
    """``facts`` are label and value; ``why`` is the sentence of the footer.

    ``body_html`` stands in place of all paragraphs but the first, for texts with headings and lists
    of their own; it is trusted.
    """

    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    link: str = ""
    link_label: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    why: str = ""
    body_html: str = ""


def as_message(letter: Letter, *, attachments: tuple[Attachment, ...] = ()) -> Message:
    """The message of a letter, in the language that is active."""
    lines = [letter.greeting, "", *(f"{p}\n" for p in letter.paragraphs)]
    lines += [f"{label}: {value}" for label, value in letter.facts]
    if letter.link:
        lines += ["", f"{letter.link_label}:", letter.link]
    return Message(
        subject=letter.subject,
        text="\n".join(lines).strip() + "\n",
        html=render_to_string("mail/letter.html", {"letter": letter}),
        attachments=attachments,
        why=letter.why,
    )


def being_handed_over(delivery: Delivery) -> bool:
    """Whether the mail is leaving now: only then may it carry a link that opens something."""
    return delivery.state in (DeliveryState.CLAIMED, DeliveryState.HANDING)
