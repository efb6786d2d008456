"""The assembly pack: who the members are, what changed, how they voted, who sits on the boards."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext as _

from contacts.models import Membership, Organisation
from governance.enums import ElectionState
from governance.models import Election, Term
from governance.queries import turnout
from governance.registry import ASSEMBLY_PACK, PackSection


def build_pack(since: date, until: date) -> list[PackSection]:
    """Own sections and those other apps have registered, for the period ``[since, until)``."""
    own = [by_type(until), by_country(until), changes(since, until), votes(since, until)]
    return [*own, board(until), *(section(since, until) for _name, section in ASSEMBLY_PACK)]


def by_type(on: date) -> PackSection:
    """Members on the day by member type."""
    rows = (
        Membership.objects.open(on=on)
        .values_list("member_type__label")
        .annotate(n=Count("id"))
        .order_by("member_type__position")
    )
    return _counted(_("Members by type"), _("Type"), rows)


def by_country(on: date) -> PackSection:
    """Members on the day by country, most first."""
    members = Organisation.objects.members(on=on).order_by()
    rows = members.values_list("country").annotate(n=Count("id")).order_by("-n", "country")
    named = [(country or _("unknown"), n) for country, n in rows]
    return _counted(_("Members by country"), _("Country"), named)


def _counted(title: str, heading: str, rows: Iterable[tuple[str, int]]) -> PackSection:
    lines: list[list[str | int]] = [[str(name), n] for name, n in rows]
    lines.append([_("Total"), sum(int(line[1]) for line in lines)])
    return PackSection(title, [heading, _("Members")], lines)


def changes(since: date, until: date) -> PackSection:
    """Members that joined or left within the period; a change of type is neither."""
    started = Membership.objects.filter(valid_from__gte=since, valid_from__lt=until)
    ended = Membership.objects.filter(valid_until__gte=since, valid_until__lt=until)
    moved = Counter(started.values_list("organisation", flat=True)) & Counter(
        ended.values_list("organisation", flat=True)
    )
    rows: list[list[str | int]] = []
    for label, found, field in (
        (_("joined"), started, "valid_from"),
        (_("left"), ended, "valid_until"),
    ):
        kept = found.exclude(organisation__in=list(moved)).select_related(
            "organisation", "member_type"
        )
        rows += [
            [str(row.organisation), label, str(row.member_type), getattr(row, field).isoformat()]
            for row in kept.order_by(field, "organisation__name")
        ]
    return PackSection(
        _("Changes of membership"), [_("Member"), _("Change"), _("Type"), _("Day")], rows
    )


def votes(since: date, until: date) -> PackSection:
    """Turnout of the elections that closed within the period; no result before certification."""
    rows: list[list[str | int]] = []
    finished = (ElectionState.CERTIFIED, ElectionState.DESTROYED)
    found = Election.objects.filter(closes_at__date__gte=since, closes_at__date__lt=until)
    for election in found.filter(kind="real", state__in=finished).order_by("closes_at"):
        figures = turnout(election)
        rows.append([election.title, figures.entitled, figures.voted, f"{figures.share:.1f} %"])
    headings = [_("Election"), _("Entitled to vote"), _("Ballots in the box"), _("Turnout")]
    return PackSection(_("Elections"), headings, rows)


def board(on: date) -> PackSection:
    """Who sits on which seat on the day, and until when."""
    terms = (
        Term.objects.sitting(on=on)
        .select_related("seat__body", "contact", "organisation")
        .order_by("seat__body__name", "seat__position")
    )
    rows: list[list[str | int]] = [
        [
            str(term.seat),
            str(term.contact or ""),
            str(term.organisation or ""),
            term.valid_from.isoformat(),
            term.valid_until.isoformat() if term.valid_until else "",
        ]
        for term in terms
    ]
    headings = [_("Seat"), _("Person"), _("Member"), _("from"), _("until")]
    return PackSection(_("Boards"), headings, rows)


def as_csv(sections: list[PackSection]) -> str:
    """All sections below each other; a cell that a spreadsheet could run is led by a quote."""
    out = io.StringIO()
    writer = csv.writer(out)
    for section in sections:
        writer.writerow([section.title])
        writer.writerow(section.headings)
        writer.writerows([[_harmless(cell) for cell in row] for row in section.rows])
        writer.writerow([])
    return out.getvalue()


def _harmless(cell: str | int) -> str | int:
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t"):
        return f"'{cell}"
    return cell
