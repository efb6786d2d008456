"""The assembly pack: who the members are, what changed, how they voted, who sits on the boards."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.core.texts import harmless_cell
from contacts.models import Membership, Organisation
from governance.enums import ElectionState
from governance.models import Election, Term
from governance.queries import turnout
from governance.registry import ASSEMBLY_PACK, PackSection


def build_pack(since: date, until: date) -> list[PackSection]:
    """Own sections and those other apps have registered, for the period ``[since, until)``."""
    own = [by_type(until), by_country(until), changes(since, until), votes(since, until)]
    return [*own, board(until), *(section(since, until) for _name, section in ASSEMBLY_PACK)]


def _list(name: str, query: str = "") -> str:
    address = reverse(f"admin:{name}_changelist")
    return f"{address}?{query}" if query else address


def by_type(on: date) -> PackSection:
    """Members on the day by member type."""
    rows = (
        Membership.objects.open(on=on)
        .values_list("member_type__label", "member_type")
        .annotate(n=Count("id"))
        .order_by("member_type__position")
    )
    members = _list("contacts_membership")
    links = [f"{members}?member_type__id__exact={pk}" for _label, pk, _n in rows]
    counted = [(label, n) for label, _pk, n in rows]
    return _counted(_("Members by type"), _("Type"), counted, [*links, members])


def by_country(on: date) -> PackSection:
    """Members on the day by country, most first."""
    members = Organisation.objects.members(on=on).order_by()
    rows = members.values_list("country").annotate(n=Count("id")).order_by("-n", "country")
    named = [(country or _("unknown"), n) for country, n in rows]
    everybody = _list("contacts_organisation")
    links = [f"{everybody}?country__exact={country}" for country, _n in rows]
    return _counted(_("Members by country"), _("Country"), named, [*links, everybody])


def _counted(
    title: str, heading: str, rows: Iterable[tuple[str, int]], links: list[str]
) -> PackSection:
    lines: list[list[str | int]] = [[str(name), n] for name, n in rows]
    lines.append([_("Total"), sum(int(line[1]) for line in lines)])
    return PackSection(title, [heading, _("Members")], lines, links=links)


def changes(since: date, until: date) -> PackSection:
    """Members that joined or left within the period; a change of type is neither."""
    started = Membership.objects.filter(valid_from__gte=since, valid_from__lt=until)
    ended = Membership.objects.filter(valid_until__gte=since, valid_until__lt=until)
    moved = Counter(started.values_list("organisation", flat=True)) & Counter(
        ended.values_list("organisation", flat=True)
    )
    rows: list[list[str | int]] = []
    links: list[str] = []
    for label, found, field in (
        (_("joined"), started, "valid_from"),
        (_("left"), ended, "valid_until"),
    ):
        kept = found.exclude(organisation__in=list(moved)).select_related(
            "organisation", "member_type"
        )
        for row in kept.order_by(field, "organisation__name"):
            day = getattr(row, field).isoformat()
            rows.append([str(row.organisation), label, str(row.member_type), day])
            links.append(reverse("admin:contacts_organisation_change", args=[row.organisation_id]))
    return PackSection(
        _("Changes of membership"),
        [_("Member"), _("Change"), _("Type"), _("Day")],
        rows,
        links=links,
    )


def votes(since: date, until: date) -> PackSection:
    """Turnout of the elections that closed within the period; no result before certification."""
    rows: list[list[str | int]] = []
    links: list[str] = []
    finished = (ElectionState.CERTIFIED, ElectionState.DESTROYED)
    found = Election.objects.filter(closes_at__date__gte=since, closes_at__date__lt=until)
    for election in found.filter(kind="real", state__in=finished).order_by("closes_at"):
        figures = turnout(election)
        rows.append([election.title, figures.entitled, figures.voted, f"{figures.share:.1f} %"])
        links.append(reverse("admin:election_desk", args=[election.pk]))
    headings = [_("Election"), _("Entitled to vote"), _("Ballots in the box"), _("Turnout")]
    return PackSection(_("Elections"), headings, rows, links=links)


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
    links = [f"{reverse('admin:body_page', args=[t.seat.body_id])}?on={on}" for t in terms]
    return PackSection(_("Boards"), headings, rows, links=links)


def as_csv(sections: list[PackSection]) -> str:
    """All sections below each other; a cell that a spreadsheet could run is led by a quote."""
    out = io.StringIO()
    writer = csv.writer(out)
    for section in sections:
        writer.writerow([section.title])
        writer.writerow(section.headings)
        writer.writerows([[harmless_cell(cell) for cell in row] for row in section.rows])
        writer.writerow([])
    return out.getvalue()
