"""Beside the demo elections: last year's assembly with its minutes, a call for nominations, faces."""

from __future__ import annotations

import io
from datetime import UTC, datetime, time, timedelta

from backoffice.core.models import StoredDocument
from backoffice.core.surfaces import DemoContext
from contacts.models import Organisation
from governance.enums import MeetingKind, MeetingState
from governance.models import AgendaItem, Body, Contest, Election, Meeting
from governance.services import minutes, nominations, proposals, slate

AGENDA = ("Annual report", "Budget and fees", "Election of the board")
MINUTES = """# {title}

The chair opened the assembly at 15:00 and found that it had been called in time.

## 1. Annual report

The board reported. The assembly discharged the board with one abstention.

## 2. Budget and fees

* Budget: passed, 41 to 2.
* Fee schedule: passed, 39 to 4.

## 3. Election of the board

The result of the sealed vote was announced; it is published with all ballots.
"""
COLOURS = ("#1d5968", "#7a3e48", "#4b5d23", "#5b4a8a")


def drawn_face(place: int) -> StoredDocument:
    """A drawn head and shoulders: demo people are invented, so are their pictures."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (600, 600), "#e8edf1")
    pen = ImageDraw.Draw(image)
    colour = COLOURS[place % len(COLOURS)]
    pen.ellipse((90, 380, 510, 900), fill=colour)
    pen.ellipse((190, 110, 410, 370), fill="#d9b99b" if place % 2 else "#8d6248")
    pen.pieslice((180, 90, 420, 340), 180, 360, fill="#3a2f2a" if place % 3 else "#b9a27d")
    out = io.BytesIO()
    image.save(out, "PNG")
    return nominations.store_photo(out.getvalue())


def load_last_assembly(context: DemoContext, assembly: Body) -> None:
    """An assembly a year ago, with minutes that nobody objected to."""
    day = context.today - timedelta(days=270)
    meeting = Meeting.objects.create(
        body=assembly,
        kind=MeetingKind.ORDINARY,
        title=f"{assembly.name} {day.year}",
        starts_at=datetime.combine(day, time(14), UTC),
        virtual=True,
        state=MeetingState.HELD,
        called_on=day - timedelta(days=75),
    )
    for place, title in enumerate(AGENDA, 1):
        AgendaItem.objects.create(meeting=meeting, position=place, title=title)
    minutes.write_minutes(
        meeting=meeting,
        text=MINUTES.format(title=meeting.title),
        signed_by="President and Executive Director",
        actor=context.actor,
    )
    minutes.send_minutes(meeting=meeting, on=day + timedelta(days=9), actor=context.actor)


def load_call(context: DemoContext, election: Election, members: list[Organisation]) -> None:
    """A call with one application, one independent candidate and one person who is asked."""
    contest = Contest.objects.create(
        election=election,
        position=1,
        code="board",
        title="Executive board: two seats",
        title_de="Vorstand: zwei Sitze",
        rule="plurality-at-large",
        seats=2,
    )
    people = []
    for member in members[10:14]:
        duty = member.duties.open(on=context.today).select_related("contact").first()
        if duty is not None:
            people.append((member, duty.contact))
    for place, (member, contact) in enumerate(people[:2]):
        nominations.nominate(
            contest=contest,
            organisation=member,
            contact=contact,
            statement="I have run a repository for ten years and want fees that stay fair.",
            independent=place == 1,
            photo=drawn_face(place + 4),
            on=context.today,
            actor=context.actor,
        )
    if len(people) > 2:
        proposals.propose_candidate(
            contest=contest,
            organisation=people[2][0],
            given_name="Noor",
            family_name="Okafor",
            address="noor.okafor@example.org",
            proposer=people[2][1],
            on=context.today,
            actor=context.actor,
        )
    if people:
        first = contest.nominations.order_by("pk").first()
        assert first is not None
        slate.list_nomination(nomination=first, on=context.today, actor=context.actor)
