"""Duties, role types, member types, rules, the agency."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, RollcallAdmin
from contacts.admin.forms import DayForm
from contacts.models import Agency, DutyRule, MemberType, RoleAssignment, RoleType
from contacts.services import duties, reopening


def _end(duty, actor, data, request) -> str:
    duties.end_duty(assignment=duty, actor=actor, on=data["on"])
    return _t("The duty ends.")


def _reopen(duty, actor, data, request) -> str:
    reopening.reopen_duty(duty=duty, actor=actor)
    return _t("The duty goes on.")


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "role_type", "order", "contact", "valid_from", "valid_until")
    list_select_related = ("organisation", "role_type", "contact")
    list_filter = ("role_type",)
    search_fields = ("organisation__name_folded", "contact__name_folded")
    operations = (
        Operation("end", _("End the duty"), "contacts.change_roleassignment", _end, form=DayForm,
                  danger=True, shown=lambda duty: duty.valid_until is None),
        Operation("reopen", _("Take the end back"), "contacts.change_roleassignment", _reopen,
                  explain=_("For an end that was set by mistake: the duty goes on as before."),
                  shown=reopening.may_reopen),
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
