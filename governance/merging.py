"""Governance's part in a merge: nearly everything is frozen and stays as it is."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from contacts.registry import MergePolicy, Relation
from governance.enums import ElectionState
from governance.models import RollEntry

ROLL = _("a frozen roll never changes")
BALLOT = _("what was put to the vote stays as it was")
MEETING = _("papers of meetings stay as they were")
AT_WORK = [ElectionState.ROLLED, ElectionState.KEYED, ElectionState.REHEARSED, ElectionState.OPEN]

RELATIONS = (
    Relation("governance.Term", "organisation"),
    Relation("governance.Term", "contact"),
    Relation("governance.Option", "organisation", "leave", why=BALLOT),
    Relation("governance.Option", "contact", "leave", why=BALLOT),
    Relation("governance.Nomination", "organisation", "leave", why=BALLOT),
    Relation("governance.Nomination", "contact", "leave", why=BALLOT),
    Relation("governance.Nomination", "proposed_by", "leave", why=BALLOT),
    Relation("governance.Supporter", "organisation", "leave", why=BALLOT),
    Relation("governance.Supporter", "contact", "leave", why=BALLOT),
    Relation("governance.NamedAnswer", "organisation", "leave", why=_("named votes stay as given")),
    Relation("governance.RollEntry", "organisation", "leave", why=ROLL),
    Relation("governance.RollEntry", "contact", "leave", why=ROLL),
    Relation("governance.RollCorrection", "organisation", "leave", why=ROLL),
    Relation("governance.RollCorrection", "contact", "leave", why=ROLL),
    Relation("governance.AgendaItem", "proposed_by", "leave", why=MEETING),
    Relation("governance.NoticeSent", "organisation", "leave", why=MEETING),
    Relation("governance.MinutesObjection", "organisation", "leave", why=MEETING),
)  # fmt: skip


def refuses(kind: str, loser_id: int, winner_id: int) -> list[str]:
    """Whoever stands on the roll of an election at work is merged after it."""
    on_roll = Q(organisation=loser_id) if kind == "organisation" else Q(contact=loser_id)
    entries = RollEntry.objects.filter(on_roll, election__state__in=AT_WORK)
    titles = sorted({str(entry.election) for entry in entries.select_related("election")})
    sentence = _t("The record stands on the roll of “%(election)s”; merge when voting has closed.")
    return [sentence % {"election": title} for title in titles]


GOVERNANCE = MergePolicy(RELATIONS, refuses)
