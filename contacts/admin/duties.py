"""Duties, role types, member types, rules, the agency."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import (
    DatedListMixin,
    Operation,
    ReadOnlyAdmin,
    RollcallAdmin,
    day_of_list,
)
from backoffice.core.dates import today
from contacts.admin.forms import DayForm
from contacts.models import (
    Agency,
    Contact,
    ContactAddress,
    DutyRule,
    MemberType,
    RoleAssignment,
    RoleType,
)
from contacts.querysets import open_on
from contacts.services import duties, reopening


def _end(duty, actor, data, request) -> str:
    duties.end_duty(assignment=duty, actor=actor, on=data["on"])
    return _t("The duty ends.")


def _reopen(duty, actor, data, request) -> str:
    reopening.reopen_duty(duty=duty, actor=actor)
    return _t("The duty goes on.")


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(DatedListMixin, ReadOnlyAdmin):
    list_display = ("organisation", "role_type", "order", "contact", "valid_from", "last_day")
    list_select_related = ("organisation", "role_type", "contact")
    list_filter = ("role_type",)
    search_fields = ("organisation__name_folded", "contact__name_folded")
    count_by = ("role_type__label", "role_type__id__exact", "role_type_id")
    export_fields = ("organisation__name", "organisation__country", "role_type__label", "order",
                     "contact__given_name", "contact__family_name", "address_then", "valid_from",
                     "valid_until", "end_reason")  # fmt: skip
    operations = (
        Operation("end", _("End the duty"), "contacts.change_roleassignment", _end, form=DayForm,
                  danger=True, shown=lambda duty: duty.valid_until is None),
        Operation("reopen", _("Take the end back"), "contacts.change_roleassignment", _reopen,
                  explain=_("For an end that was set by mistake: the duty goes on as before."),
                  shown=reopening.may_reopen),
    )  # fmt: skip

    def exported_rows(self, request, rows):
        """No duty of somebody who was removed or whose data may not be used (Art. 18 GDPR); with the
        address of that day."""
        day = day_of_list(request) or today()
        address = ContactAddress.objects.filter(
            open_on(day), contact=OuterRef("contact"), primary=True
        ).values("address")[:1]
        living = Contact.objects.exportable().values("pk")
        return rows.filter(contact__in=living).annotate(address_then=Subquery(address))


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
