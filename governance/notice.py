"""Notice periods as the statutes count them: from the day after dispatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.core.dates import add_months


@dataclass(frozen=True)
class Period:
    """Months and days that lie between the day of dispatch and the meeting."""

    months: int = 0
    days: int = 0

    def earliest_meeting(self, dispatched: date) -> date:
        """First day on which the meeting may be held.

        The day of dispatch does not count: the period starts the day after and the meeting may be
        held on the day after its last day.
        """
        start = dispatched + timedelta(days=1)
        return add_months(start, self.months) + timedelta(days=self.days)

    def latest_dispatch(self, meeting: date) -> date:
        """Last day on which the notice may go out for a meeting on that day."""
        day = add_months(meeting, -self.months) - timedelta(days=self.days + 1)
        while self.earliest_meeting(day) > meeting:
            day -= timedelta(days=1)
        while self.earliest_meeting(day + timedelta(days=1)) <= meeting:
            day += timedelta(days=1)
        return day


#: preset → kind of meeting → notice.
#: Source: DataCite statutes of 26 April 2022, sections 15.1, 16 and 13; Crossref sends notice of
#: its annual meeting at least ten days ahead (practice: some six weeks).
NOTICES: dict[str, dict[str, Period]] = {
    "datacite": {
        "ordinary": Period(months=2),
        "extraordinary": Period(days=14),
        "board": Period(days=14),
    },
    "crossref": {
        "ordinary": Period(days=10),
        "extraordinary": Period(days=10),
        "board": Period(days=14),
    },
}
#: Members' own motions, in writing before the meeting. Source: DataCite statutes, section 15.2.
MEMBER_MOTION = Period(days=7)
#: Minutes are deemed approved after four weeks without objection (sections 13 and 17.6).
MINUTES_OBJECTION_DAYS = 28


def notice_for(preset: str, kind: str) -> Period:
    """The notice a kind of meeting needs; two weeks where the agency says nothing."""
    return NOTICES.get(preset, {}).get(kind, Period(days=14))


def minutes_final_on(sent: date) -> date:
    """First day on which minutes without objection are deemed approved."""
    return sent + timedelta(days=MINUTES_OBJECTION_DAYS + 1)
