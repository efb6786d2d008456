"""What a move does to votes: the right to vote from that day, and rolls that are frozen."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from contacts.models import Membership, MemberType
from contacts.registry import MoveTarget
from governance.enums import ElectionState
from governance.models import RollEntry

OVER = (ElectionState.CERTIFIED, ElectionState.DESTROYED, ElectionState.CANCELLED)


def votes_preview(organisation_id: int, target: MoveTarget, on: date) -> list[str]:
    """Sentences for the preview of a member's move; none for a repository."""
    if target.repository is not None:
        return []
    period = (
        Membership.objects.open(on=on)
        .filter(organisation=organisation_id)
        .select_related("member_type")
        .first()
    )
    before = period is not None and period.member_type.votes
    after = MemberType.objects.filter(code=target.member_type, votes=True).exists()
    words = {
        (True, True): _("It keeps its vote."),
        (False, False): _("It has no vote, before and after."),
        (True, False): _("It loses its vote on that day."),
        (False, True): _("It has a vote from that day."),
    }[before, after]
    frozen = RollEntry.objects.filter(organisation=organisation_id, included=True).exclude(
        election__state__in=OVER
    )
    return [words] + [
        _("It stays on the frozen roll of “%(title)s”.") % {"title": entry.election.title}
        for entry in frozen.select_related("election")
    ]
