"""The removal desk's part in a merge."""

from __future__ import annotations

from django.utils.translation import gettext as _

from contacts.privacy.enums import CaseState
from contacts.privacy.models import PrivacyCase
from contacts.registry import MergePolicy, Relation


def refuses(kind: str, loser_id: int, winner_id: int) -> list[str]:
    """A case at work knows the person by one record; it is answered first."""
    if kind != "contact":
        return []
    cases = PrivacyCase.objects.filter(contact__in=(loser_id, winner_id))
    sentence = _("Privacy case %(case)s is open; merge when it is closed.")
    return [sentence % {"case": case} for case in cases.exclude(state=CaseState.CLOSED)]


RELATIONS = (
    Relation("privacy.PrivacyCase", "contact"),
    # A hold keeps keeping: it follows whoever it is about.
    Relation("privacy.LegalHold", "contact"),
    Relation("privacy.LegalHold", "organisation"),
)

PRIVACY = MergePolicy(RELATIONS, refuses)
