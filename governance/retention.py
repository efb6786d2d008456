"""How long governance keeps what names people."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.core.retention import RETENTION, RetentionRule, Sweep, before
from governance.enums import NominationState
from governance.models import Nomination, Term

PROPOSAL_MONTHS = 6


def _proposals(day: date) -> QuerySet:
    """Proposals that led nowhere, half a year after the result was certified."""
    over = Nomination.objects.filter(
        contest__election__certified_on__lt=before(day, months=PROPOSAL_MONTHS)
    ).exclude(state__in=[NominationState.ACCEPTED, NominationState.LISTED])
    return over.exclude(given_name="", family_name="", address="", statement="")


def needed(contact_ids: set[int]) -> set[int]:
    """Which of the contacts hold or held an office, or stood for one."""
    terms = Term.objects.filter(contact_id__in=contact_ids).values_list("contact_id", flat=True)
    stood = Nomination.objects.filter(
        Q(contact_id__in=contact_ids),
        state__in=[NominationState.PROPOSED, NominationState.ACCEPTED, NominationState.LISTED],
    ).values_list("contact_id", flat=True)
    return {pk for pk in (*terms, *stood) if pk is not None}


def register_rules() -> None:
    RETENTION.add("election_end", RetentionRule(
        _("addresses on the roll until the objection period is over; proposals that led nowhere six "
          "months after the result"),
        _("emptied"), _("statutes: objection period"),
        (Sweep("governance.Nomination", _proposals),),
    ))  # fmt: skip
    RETENTION.add("election_record", RetentionRule(
        _("for good; candidates' pictures six months after the result"), _("it stays"),
        _("record of the association: minutes, ballot papers, who held an office"),
    ))  # fmt: skip
