"""Other people in a person's data: found, blacked out, never handed out unseen (Art. 15 (4) GDPR)."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q

from backoffice.core.mentions import Mentions, flat
from backoffice.core.personal_data import Subject
from contacts.models import Contact, RoleAssignment

ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
BLACK = "[…]"
MOST_COLLEAGUES = 2000


class Others:
    """The people known at the organisations of a subject, without the subject."""

    def __init__(self, subject: Subject) -> None:
        self.own = {address.lower() for address in subject.addresses}
        self.names, addresses, phones = set(), set(), set()
        for contact in _colleagues(subject):
            self.names.add((contact.given_name, contact.family_name))
            phones.add(contact.phone)
            addresses |= {row.address for row in contact.addresses.all() if row.address}
        self.names -= set(subject.names)
        self.words = {
            word for pair in self.names for part in pair for word in part.split() if len(word) > 1
        } - {word for pair in subject.names for part in pair for word in part.split()}
        # One part of a name is enough to ask people: better once too often.
        self.word = re.compile(
            "|".join(rf"\b{re.escape(flat(word))}\b" for word in sorted(self.words)) or r"(?!)"
        )
        self.mentions = Mentions(
            Subject(addresses=frozenset(addresses - self.own), names=frozenset(self.names),
                    phones=frozenset(filter(None, phones - set(subject.phones))))
        )  # fmt: skip

    def in_value(self, value: Any) -> bool:
        """Whether the value names somebody else or holds a foreign address."""
        text = value if isinstance(value, str) else str(value or "")
        named = self.mentions.in_text(value) or self.word.search(flat(text)) is not None
        return named or self.foreign_address(text)

    def foreign_address(self, text: str) -> bool:
        return any(found.lower() not in self.own for found in ADDRESS.findall(text))

    def black_out(self, value: Any) -> Any:
        """The value without other people; everything of it when some spelling resists."""
        if not isinstance(value, str):
            return BLACK if self.in_value(value) else value
        text = ADDRESS.sub(lambda found: found[0] if found[0].lower() in self.own else BLACK, value)
        for word in sorted(self.words, key=len, reverse=True):
            text = re.sub(rf"\b{re.escape(word)}\b", BLACK, text, flags=re.I)
        return BLACK if self.in_value(text) else text


def _colleagues(subject: Subject) -> list[Contact]:
    """Contacts who serve or served the same organisations, and deputies named anywhere there."""
    if subject.contact_id is None:
        return []
    served = RoleAssignment.objects.filter(contact_id=subject.contact_id).values("organisation_id")
    there = RoleAssignment.objects.filter(Q(organisation_id__in=served)).values("contact_id")
    return list(
        Contact.objects.living()
        .filter(pk__in=there)
        .exclude(pk=subject.contact_id)
        .prefetch_related("addresses")
        .order_by("pk")[:MOST_COLLEAGUES]
    )


def is_foreign_address(value: Any, subject: Subject) -> bool:
    """A whole value that is somebody else's address."""
    if not isinstance(value, str) or not ADDRESS.fullmatch(value.strip()):
        return False
    return value.strip().lower() not in {address.lower() for address in subject.addresses}
