"""The duty board: members × duties, gaps with why and since when, and the question who takes over."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from contacts.board import DutyCell, cells_of, role_labels, too_few_people
from contacts.countries import country_name
from contacts.enums import ReviewState
from contacts.models import Contact, HandOver, MemberType, Organisation, RoleType
from contacts.queries import member_types_on
from contacts.services import handover

WHY = {
    "vacant": _("nobody named"),
    "no_address": _("no address"),
    "unsubscribed": _("has unsubscribed"),
    "bounced": _("mail comes back"),
    "complained": _("reported as unwanted"),
    "address_on_hold": _("address on hold"),
    "on_hold": _("address on hold"),
    "restricted": _("processing restricted"),
    "only_deputy": _("only a deputy"),
    "unreachable": _("cannot be reached"),
}
PAGE = 50
FILTERS = ("show", "country", "type", "duty", "why")


def _chosen(cells: list[DutyCell], wanted: dict[str, str]) -> bool:
    """Whether a member belongs on the board under these filters."""
    hits = [cell for cell in cells if not wanted["duty"] or cell.role_code == wanted["duty"]]
    if wanted["why"]:
        return any(cell.why == wanted["why"] for cell in hits)
    return wanted["show"] == "all" or any(cell.state in ("missing", "weak") for cell in hits)


def board(request: HttpRequest) -> HttpResponse:
    """By default only members with a gap; filters by country, member type, duty and cause."""
    day = today()
    wanted = {name: request.GET.get(name, "") for name in FILTERS}
    roles = list(RoleType.objects.filter(optional=False))
    cells = cells_of(None, roles, on=day)
    few = too_few_people(cells)
    types = member_types_on(day)
    chosen = [
        pk
        for pk, row in cells.items()
        if (_chosen(row, wanted) or (pk in few and not wanted["duty"] and not wanted["why"]))
        and (not wanted["type"] or types.get(pk) == wanted["type"])
    ]
    organisations = Organisation.objects.filter(pk__in=chosen)
    if wanted["country"]:
        organisations = organisations.filter(country=wanted["country"][:2].upper())
    page = Paginator(organisations.order_by("name"), PAGE).get_page(request.GET.get("p"))
    asked = _asked([organisation.pk for organisation in page])
    rows = [
        (
            organisation,
            few.get(organisation.pk, 0),
            [
                (cell, WHY.get(cell.why, cell.why), asked.get((organisation.pk, cell.role_code)))
                for cell in cells[organisation.pk]
            ],
        )
        for organisation in page
    ]
    countries = Organisation.objects.filter(pk__in=list(cells)).exclude(country="")
    codes = countries.order_by("country").values_list("country", flat=True).distinct()
    return staff_page(
        request,
        "contacts/duty_board.html",
        title=_t("Duty board"),
        context={
            "roles": _labelled(roles),
            "rows": rows, "page": page, "members": len(cells), "wanted": wanted,
            "gaps": sum(1 for row in cells.values() for cell in row if cell.state == "missing"),
            "countries": sorted(((c, country_name(c)) for c in codes), key=lambda row: row[1]),
            "types": MemberType.objects.all(),
            "reasons": sorted({(cell.why, str(WHY.get(cell.why, cell.why)))
                               for row in cells.values() for cell in row if cell.why}),
            "query": urlencode({key: value for key, value in wanted.items() if value}),
            "may_ask": request.user.has_perm("contacts.ask_handover"),
        },
    )  # fmt: skip


def _labelled(roles: list[RoleType]) -> list[tuple[RoleType, str]]:
    labels = role_labels()
    return [(role, labels[role.code]) for role in roles]


def _asked(ids: list[int]) -> dict[tuple[int, str], HandOver]:
    """Open questions of the members on the page."""
    rows = HandOver.objects.filter(
        organisation__in=ids, order=1, state__in=[ReviewState.ASKED, ReviewState.ANSWERED]
    ).select_related("role_type")
    return {(row.organisation_id, row.role_type.code): row for row in rows}


def ask(request: HttpRequest, organisation_id: int, role: str) -> HttpResponse:
    """Whom to ask for a successor; POST mails the link."""
    organisation = get_object_or_404(Organisation, pk=organisation_id)
    role_type = RoleType.objects.filter(code=role).first()
    if role_type is None:
        raise Http404
    people = handover.whom_to_ask(organisation, role_type, on=today())
    if request.method == "POST":
        asked = next((p for p in people if str(p.contact_id) == request.POST.get("asked")), None)
        try:
            if asked is None:
                raise RollcallError(_t("Choose whom to ask."))
            made = handover.ask_handover(
                organisation=organisation, role_type=role_type, on=today(),
                actor=Actor.user(request.user), asked=Contact.objects.get(pk=asked.contact_id),
            )  # fmt: skip
        except RollcallError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _t("The link is on its way; the answer comes to you first."))
            return redirect("admin:contacts_handover_change", made.pk)
    return staff_page(
        request,
        "contacts/ask_handover.html",
        title=_t("Ask for a successor"),
        context={"organisation": organisation, "people": people,
                 "role": role_labels()[role_type.code]},
    )  # fmt: skip


DUTY_BOARD = StaffPage(
    "duty-board/", "duty_board", "contacts.view_roleassignment", board, "roll", _("Duty board"),
    "grid_view",
)  # fmt: skip
ASK = StaffPage(
    "duty-board/ask/<int:organisation_id>/<slug:role>/",
    "ask_handover",
    "contacts.ask_handover",
    ask,
)
PAGES = (DUTY_BOARD, ASK)
