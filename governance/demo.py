"""Elections of the demo agency: a decided one, one under way, and a draft; a board that sits."""

from __future__ import annotations

import secrets
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.dates import add_months
from backoffice.core.models import User
from backoffice.core.surfaces import DemoContext
from contacts.models import Organisation
from governance.demo_record import AGENDA, drawn_face, load_call, load_last_assembly
from governance.enums import MeetingKind, TermOrigin
from governance.models import (
    AgendaItem,
    Body,
    Contest,
    Election,
    Meeting,
    Option,
    RollEntry,
    Teller,
)
from governance.sealing.ballot import build_ballot, encode
from governance.sealing.box import open_box
from governance.sealing.canonical import document_id, sha256_hex
from governance.sealing.keys import new_key, seal
from governance.secrets import voting_token
from governance.services import (
    bodies,
    casting,
    certification,
    closing,
    counting,
    definition,
    keys,
    mailing,
    roll,
)

TREASURER = "Approve the budget and the fee schedule"


def load(context: DemoContext) -> None:
    """Repeatable: does nothing where the demo elections are there already."""
    board = Body.objects.filter(code="board").first()
    members = list(Organisation.objects.voting(on=context.today).order_by("pk"))
    if board is None or len(members) < 10 or Election.objects.filter(slug="board-demo").exists():
        return
    context.random.shuffle(members)
    _seat_board(context, board, members)
    _meeting(context)
    _decided(context, board, members)
    _under_way(context, board, members)
    _draft(context, board, members)
    _call(context, board, members)


def _at(context: DemoContext, days: int, hour: int = 9) -> datetime:
    day = context.today + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(hour)))


def _seat_board(context: DemoContext, board: Body, members: list[Organisation]) -> None:
    seats = [seat for seat in board.seats.all() if not seat.ex_officio][:6]
    for place, (seat, member) in enumerate(zip(seats, members, strict=False)):
        duty = member.duties.open(on=context.today).first()
        start = add_months(context.today, -12 * (place % 3) - 7)
        bodies.start_term(
            seat=seat,
            contact=duty.contact if duty else None,
            organisation=member,
            origin=TermOrigin.ELECTED,
            on=start,
            until=add_months(start, 12 * board.term_years),
            actor=context.actor,
        )


def _meeting(context: DemoContext) -> None:
    assembly = Body.objects.filter(kind="assembly").first()
    if assembly is None:
        return
    meeting = Meeting.objects.create(
        body=assembly,
        kind=MeetingKind.ORDINARY,
        title=assembly.name,
        starts_at=_at(context, 95, 15),
        virtual=True,
    )
    load_last_assembly(context, assembly)
    for place, title in enumerate(AGENDA, 1):
        AgendaItem.objects.create(meeting=meeting, position=place, title=title)


def _election(
    context: DemoContext, board: Body, members: list[Organisation], slug: str, **fields
) -> Election:
    election = Election.objects.create(slug=slug, body=board, **fields)
    contest = Contest.objects.create(
        election=election,
        position=1,
        code="board",
        title="Executive board: two seats",
        title_de="Vorstand: zwei Sitze",
        rule="plurality-at-large",
        seats=2,
    )
    for place, member in enumerate(members[6:10], 1):
        duty = member.duties.open(on=context.today).select_related("contact").first()
        name = duty.contact.full_name if duty and duty.contact.full_name else str(member)
        Option.objects.create(
            contest=contest,
            position=place,
            code=f"candidate-{place}",
            name=name,
            organisation=member,
            contact=duty.contact if duty else None,
            photo=drawn_face(place) if place != 3 else None,
            statement="I want open metadata for all, and budgets that anyone can read.",
        )
    motion = Contest.objects.create(
        election=election,
        position=2,
        code="budget",
        title=TREASURER,
        title_de="Haushalt und Gebührenordnung beschließen",
        text="The assembly approves the budget and the fee schedule sent with the call.",
        text_de="Die Versammlung beschließt den Haushalt und die versandte Gebührenordnung.",
        rule="motion",
    )
    for place, name in enumerate(("Yes", "No", "Abstain"), 1):
        Option.objects.create(contest=motion, position=place, code=name.lower(), name=name)
    for user in User.objects.filter(is_staff=True).order_by("pk")[:3]:
        Teller.objects.create(election=election, user=user)
    return election


def _open(context: DemoContext, election: Election) -> bytes:
    """Takes a draft to an open vote; the key stays in memory, as no teller is there to hold it."""
    readers = User.objects.filter(is_staff=True).order_by("pk")[:2]
    identity = document_id(definition.build_definition(election))
    for reader in readers:
        definition.read_back(election=election, definition_id=identity, actor=Actor.user(reader))
    roll.freeze_roll(election=election, on=context.today, actor=context.actor)
    secret, public = new_key()
    document = {
        "format": "rollcall-keys/1",
        "election": election.definition_id,
        "public_key": public,
        "threshold": election.threshold,
        "shares": election.shares,
    }
    keys.hand_in_keys(election=election, keys=document, actor=context.actor)
    opened = open_box(keys.rehearsal_box(election), election.definition or {}, secret)
    proof = {
        "election": election.definition_id,
        "ballots_sha256": sha256_hex(opened.ballots_file()),
    }
    keys.hand_in_rehearsal(election=election, proof=proof, actor=context.actor)
    keys.open_election(
        election=election, now=election.opens_at + timedelta(minutes=5), actor=context.actor
    )
    return secret


def _cast(context: DemoContext, election: Election, share: float) -> None:
    assert election.definition is not None
    options = [option["id"] for option in election.definition["contests"][0]["options"]]
    entries = list(RollEntry.objects.by_link().filter(election=election).order_by("pk"))
    voters = context.random.sample(entries, int(len(entries) * share))
    for entry in voters[:400]:
        choices = {
            "board": context.random.sample(options, context.random.randint(1, 2)),
            "budget": [context.random.choices(["yes", "no", "abstain"], [8, 2, 1])[0]],
        }
        ballot = build_ballot(election.definition_id, entry.box, choices, secrets.token_hex(16))
        casting.cast_envelope(
            election=election,
            token=voting_token(election, entry),
            box=entry.box,
            ciphertext=seal(
                encode(ballot, election.definition["ballot_bytes"]), election.public_key
            ),
            now=election.opens_at + timedelta(hours=1),
        )


def _decided(context: DemoContext, board: Body, members: list[Organisation]) -> None:
    election = _election(
        context, board, members, "board-last",
        title=f"Board election {(context.today - timedelta(days=400)).year}",
        title_de=f"Vorstandswahl {(context.today - timedelta(days=400)).year}",
        opens_at=_at(context, -400), closes_at=_at(context, -386, 18),
        record_date=context.today - timedelta(days=415),
    )  # fmt: skip
    secret = _open(context, election)
    _cast(context, election, 0.61)
    closing.close_election(
        election=election, now=election.closes_at + timedelta(minutes=1), actor=context.actor
    )
    closing.seal_box(election=election, actor=context.actor)
    files = {}
    for name, content in closing.box_files(election).items():
        if name.startswith("box-"):
            opened = open_box(content, election.definition or {}, secret)
            files[f"ballots-{opened.box}.json"] = opened.ballots_file()
            files[f"codes-{opened.box}.json"] = opened.codes_file()
    counting.take_in_ballots(election=election, files=files, seed="2f6a", actor=context.actor)
    for teller in election.tellers.select_related("user")[: election.threshold]:
        certification.certify(
            election=election, on=context.today - timedelta(days=385), actor=Actor.user(teller.user)
        )


def _under_way(context: DemoContext, board: Body, members: list[Organisation]) -> None:
    election = _election(
        context, board, members, "board-demo",
        title=f"Board election {context.today.year}",
        title_de=f"Vorstandswahl {context.today.year}",
        opens_at=_at(context, -3), closes_at=_at(context, 11, 18),
        record_date=context.today - timedelta(days=17),
    )  # fmt: skip
    _open(context, election)
    with transaction.atomic():
        mailing.send_links(election=election, actor=context.actor)
    _cast(context, election, 0.34)


def _draft(context: DemoContext, board: Body, members: list[Organisation]) -> None:
    _election(
        context, board, members, "budget-draft",
        title="Budget vote of the assembly",
        title_de="Haushaltsbeschluss der Versammlung",
        opens_at=_at(context, 60), closes_at=_at(context, 74, 18),
        record_date=context.today + timedelta(days=45),
    )  # fmt: skip


def _call(context: DemoContext, board: Body, members: list[Organisation]) -> None:
    year = context.today.year + 1
    election = Election.objects.create(
        slug="board-next", body=board,
        title=f"Board election {year}",
        title_de=f"Vorstandswahl {year}",
        opens_at=_at(context, 90), closes_at=_at(context, 104, 18),
        record_date=context.today + timedelta(days=75),
        nominations_until=context.today + timedelta(days=30),
    )  # fmt: skip
    load_call(context, election, members)
