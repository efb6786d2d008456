"""Line by line: is this person in a segment, and would the mail reach them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contacts.models import Contact
from mailings.models import Mailing
from mailings.segments.compiler import NOBODY, compile_rule, contacts_matching
from mailings.segments.rules import leaves, words
from mailings.services.audience import REASONS, candidates


@dataclass(frozen=True)
class Explanation:
    """Whether a person is in a segment, each line with its answer, and what would stop the mail."""

    inside: bool
    lines: list[tuple[str, bool]]
    obstacle: str = ""


def explain(mailing: Mailing, contact: Contact, *, on: date) -> Explanation:
    """Why this person gets the mailing, or why not."""
    rule = mailing.segment.rule if mailing.segment else {}
    inside = not rule or contacts_matching(rule, on=on).filter(pk=contact.pk).exists()
    obstacle, named = "", False
    for candidate in candidates(mailing, on=on):
        if candidate.contact_id == contact.pk:
            named = True
            obstacle = str(REASONS.get(candidate.reason, candidate.reason))
            if not candidate.reason:
                break
    return Explanation(inside and named, explain_rule(rule, contact, on=on), obstacle)


def explain_rule(rule: dict, contact: Contact, *, on: date) -> list[tuple[str, bool]]:
    """Each line of a rule in words, with whether it holds for this person."""
    return [(words(leaf), _holds(leaf, contact, on)) for leaf in leaves(rule)] if rule else []


def _holds(leaf: dict, contact: Contact, on: date) -> bool:
    condition = compile_rule(leaf, on=on) if leaf else NOBODY
    return Contact.objects.filter(condition, pk=contact.pk).exists()
