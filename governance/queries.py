"""Questions about elections that pages, mails and other apps ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q

from contacts.models import Organisation
from governance.models import Contest, Election, Envelope, RollEntry
from governance.sealing.tally import SMALLEST_CLASS


@dataclass(frozen=True)
class Turnout:
    """Entries entitled, envelopes in the box, entries no mail reaches. Nothing on content."""

    entitled: int
    voted: int
    unreachable: int
    boxes: dict[str, tuple[int, int]]

    @property
    def share(self) -> float:
        """Percentage of the entitled who have an envelope in the box."""
        return 100 * self.voted / self.entitled if self.entitled else 0.0


def turnout(election: Election) -> Turnout:
    """Turnout now; boxes with fewer than five entries get no line of their own."""
    rows = (
        RollEntry.objects.entitled()
        .filter(election=election)
        .values("box")
        .annotate(
            size=Count("id"),
            cast=Count("id", filter=Q(voted=True)),
            dark=Count("id", filter=~Q(unreachable="")),
        )
    )
    table = {row["box"]: row for row in rows}
    return Turnout(
        entitled=sum(row["size"] for row in table.values()),
        voted=sum(row["cast"] for row in table.values()),
        unreachable=sum(row["dark"] for row in table.values()),
        boxes={
            box: (row["size"], row["cast"])
            for box, row in sorted(table.items())
            if row["size"] >= SMALLEST_CLASS
        },
    )


@dataclass(frozen=True)
class Quorum:
    """How many ballots a motion needs in the box, and whether they are there. Nothing on content."""

    title: str
    needed: int
    reached: bool


def quorums(election: Election, figures: Turnout) -> list[Quorum]:
    """The quorum of each motion that has one: a number of ballots, or a share of the roll."""
    found = []
    for contest in (election.definition or {}).get("contests", []):
        if contest["rule"] != "motion":
            continue
        share = Fraction(contest["params"].get("quorum_share", 0)) * figures.entitled
        needed = max(
            int(contest["params"].get("quorum", 0)), -(-share.numerator // share.denominator)
        )
        if needed:
            found.append(Quorum(contest["title"], needed, figures.voted >= needed))
    return found


def entitled_by_box(election: Election) -> dict[str, int]:
    """Number of entitled entries by box, for quorums and majorities of all members."""
    rows = RollEntry.objects.entitled().filter(election=election).values("box")
    counted = dict(rows.annotate(size=Count("id")).values_list("box", "size"))
    return {box: counted.get(box, 0) for box in election.boxes}


def class_sizes(election: Election) -> dict[str, int]:
    """How many would vote in each class, counted on the record date or on the roll taken over."""
    if election.previous is not None:
        rows = RollEntry.objects.entitled().filter(election=election.previous)
        flags = rows.values_list("organisation__for_profit", flat=True)
    else:
        voting = Organisation.objects.voting(on=election.record_date)
        flags = voting.values_list("for_profit", flat=True)
    return dict(Counter("for-profit" if flag else "non-profit" for flag in flags))


def roll_summary(election: Election) -> list[tuple[str, int]]:
    """How many members stand on the roll or not, by reason, largest first."""
    rows = RollEntry.objects.filter(election=election).values("reason").annotate(n=Count("id"))
    return sorted(((row["reason"], row["n"]) for row in rows), key=lambda row: -row[1])


def contests_of(election: Election) -> list[Contest]:
    """Contests with their options, in the order of the paper; two queries."""
    return list(
        Contest.objects.filter(election=election)
        .select_related("election")
        .prefetch_related("options__organisation", "options__photo")
        .order_by("position", "id")
    )


def envelope_state(election: Election, envelope: str) -> str:
    """``in_the_box``, ``replaced`` by a later ballot of the same voter, ``removed`` or ``unknown``."""
    if Envelope.objects.filter(election=election, hash=envelope).exists():
        return "in_the_box"
    boxed = election.files.filter(name__startswith="box-").exists()
    if boxed and envelope in boxed_hashes(election):
        return "in_the_box"
    if election.board.filter(envelope=envelope).exists():
        return "replaced"
    return "unknown"


def boxed_hashes(election: Election) -> set[str]:
    """Hashes of the envelopes in the sealed box files."""
    from backoffice.core.services.documents import read_bytes
    from governance.sealing.box import read_box
    from governance.sealing.canonical import sha256_hex

    hashes: set[str] = set()
    for file in election.files.filter(name__startswith="box-").select_related("document"):
        _name, envelopes = read_box(read_bytes(file.document), election.definition_id)
        hashes |= {sha256_hex(one) for one in envelopes}
    return hashes


def result_lines(election: Election) -> list[dict[str, Any]]:
    """The published report contest by contest, ready to show; empty before the count."""
    if not election.report:
        return []
    contests = {contest["id"]: contest for contest in (election.definition or {})["contests"]}
    return [entry | {"definition": contests[entry["id"]]} for entry in election.report["contests"]]
