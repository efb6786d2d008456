"""What governance shows on shared screens: tiles, palette, timeline, head of the member page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.core.surfaces import Hit, MyPage, PaletteSource, Tile
from contacts.registry import HeadFact, TimelineEntry, TimelineSource
from governance.enums import ElectionState, ProposalState
from governance.models import Election, RollCorrection, RollEntry

VIEW = "governance.view_election"


def _list() -> str:
    return reverse("admin:governance_election_changelist")


RUNNING = Tile(
    title=gettext_lazy("Elections under way"),
    permission=VIEW,
    count=lambda on: Election.objects.running().exclude(state=ElectionState.DRAFT).count(),
    url=_list,
    tone="calm",
    empty=gettext_lazy("No election is under way."),
    icon="how_to_vote",
)
CORRECTIONS = Tile(
    title=gettext_lazy("Roll changes to decide"),
    permission="governance.approve_roll",
    count=lambda on: RollCorrection.objects.filter(state=ProposalState.PROPOSED).count(),
    url=lambda: reverse("admin:governance_rollcorrection_changelist"),
    empty=gettext_lazy("No change of a roll waits for a second person."),
    icon="rule",
)


def _find(text: str, limit: int) -> list[Hit]:
    rows = Election.objects.filter(title__icontains=text)[:limit]
    return [
        Hit(row.title, row.get_state_display(), reverse("admin:election_desk", args=[row.pk]))
        for row in rows
    ]


ELECTIONS = PaletteSource(title=gettext_lazy("Elections"), permission=VIEW, find=_find)


def _entries(
    organisation_id: int | None, contact_id: int | None, limit: int, before: datetime | None
) -> Iterable[TimelineEntry]:
    """That a member was on a roll and whether it voted, on the day the vote closed."""
    rows = RollEntry.objects.entitled().select_related("election")
    if organisation_id is not None:
        rows = rows.filter(organisation_id=organisation_id)
    elif contact_id is not None:
        rows = rows.filter(contact_id=contact_id)
    else:
        return
    if before is not None:
        rows = rows.filter(election__closes_at__lt=before)
    for row in rows.order_by("-election__closes_at")[:limit]:
        yield TimelineEntry(
            at=row.election.closes_at,
            kind="vote",
            title=row.election.title,
            detail=_("voted") if row.voted else _("on the roll"),
            url=reverse("admin:election_desk", args=[row.election_id]),
        )


VOTES = TimelineSource(permission=VIEW, entries=_entries)


def has_votes(contact_id: int) -> bool:
    """Whether the contact stands on a roll that is open."""
    rows = RollEntry.objects.by_link().filter(contact_id=contact_id)
    return rows.filter(election__state=ElectionState.OPEN).exists()


MY_VOTES = MyPage(title=gettext_lazy("My votes"), url_name="governance:my_votes", shown=has_votes)


def open_votes(organisation_id: int, on: date) -> list[HeadFact]:
    """An open election in which this member may still vote."""
    end = timezone.make_aware(datetime.combine(on, time.max))
    rows = RollEntry.objects.entitled().filter(
        organisation_id=organisation_id,
        election__state=ElectionState.OPEN,
        election__opens_at__lte=end,
    )
    return [
        HeadFact(
            label=str(row.election.title),
            value=_("voted") if row.voted else _("not voted yet"),
            url=reverse("admin:election_desk", args=[row.election_id]),
            tone="calm" if row.voted else "attention",
        )
        for row in rows.select_related("election")[:3]
    ]
