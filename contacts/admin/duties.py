"""Duty board, role types, member types, rules."""

from __future__ import annotations

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import (
    Operation,
    ReadOnlyAdmin,
    RollcallAdmin,
    StaffPage,
    staff_page,
)
from backoffice.core.dates import today
from contacts.admin.forms import DayForm
from contacts.board import cells_of
from contacts.models import Agency, DutyRule, MemberType, Organisation, RoleAssignment, RoleType
from contacts.services import duties

WHY = {
    "vacant": _("nobody named"),
    "no_address": _("no address"),
    "unsubscribed": _("has unsubscribed"),
    "bounced": _("mail comes back"),
    "address_on_hold": _("address on hold"),
    "restricted": _("processing restricted"),
    "only_deputy": _("only a deputy"),
}
PAGE = 50


def board(request):
    """Members × duties; by default only members with a gap."""
    day = today()
    roles = list(RoleType.objects.filter(optional=False))
    cells = cells_of(None, roles, on=day)
    everything = request.GET.get("show") == "all"
    chosen = [
        organisation
        for organisation, row in cells.items()
        if everything or any(cell.state in ("missing", "weak") for cell in row)
    ]
    country = request.GET.get("country", "")[:2].upper()
    organisations = Organisation.objects.filter(pk__in=chosen)
    if country:
        organisations = organisations.filter(country=country)
    page = Paginator(organisations.order_by("name"), PAGE).get_page(request.GET.get("p"))
    rows = [
        (
            organisation,
            [(cell, WHY.get(cell.why, cell.why)) for cell in cells[organisation.pk]],
        )
        for organisation in page
    ]
    gaps = sum(1 for row in cells.values() for cell in row if cell.state == "missing")
    return staff_page(
        request,
        "contacts/duty_board.html",
        title=_t("Duty board"),
        context={"roles": roles, "rows": rows, "page": page, "gaps": gaps, "members": len(cells),
                 "everything": everything, "country": country},
    )  # fmt: skip


DUTY_BOARD = StaffPage(
    "duty-board/", "duty_board", "contacts.view_roleassignment", board, "roll", _("Duty board"),
    "grid_view",
)  # fmt: skip


def _end(duty, actor, data, request) -> str:
    duties.end_duty(assignment=duty, actor=actor, on=data["on"])
    return _t("The duty ends.")


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "role_type", "order", "contact", "valid_from", "valid_until")
    list_select_related = ("organisation", "role_type", "contact")
    list_filter = ("role_type",)
    search_fields = ("organisation__name_folded", "contact__name_folded")
    operations = (
        Operation("end", _("End the duty"), "contacts.change_roleassignment", _end, form=DayForm,
                  danger=True, shown=lambda duty: duty.valid_until is None),
    )  # fmt: skip


@admin.register(RoleType)
class RoleTypeAdmin(RollcallAdmin):
    list_display = ("label", "code", "votes", "bills", "person_required", "optional")


@admin.register(MemberType)
class MemberTypeAdmin(RollcallAdmin):
    list_display = ("label", "code", "votes", "leads", "led_by", "billed")


@admin.register(DutyRule)
class DutyRuleAdmin(RollcallAdmin):
    deletable = True
    list_display = ("kind", "member_type", "role_type", "parameter")
    list_select_related = ("member_type", "role_type")


@admin.register(Agency)
class AgencyAdmin(RollcallAdmin):
    list_display = ("preset", "activation", "notice_months")
    readonly_fields = ("preset",)
