"""Fee schedules, usage figures, billing profiles, VAT answers."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, RollcallAdmin
from billing.admin.forms import OverrideForm
from billing.models import (
    BillingProfile,
    DunningStep,
    FeeSchedule,
    UsageRow,
    UsageSnapshot,
    VatCheck,
)
from billing.services import usage


@admin.register(FeeSchedule)
class FeeScheduleAdmin(ReadOnlyAdmin):
    list_display = ("code", "version", "currency", "valid_from", "valid_until", "source")
    list_filter = ("agency",)
    search_fields = ("code",)


def _review(snapshot, actor, data, request) -> str:
    usage.review_snapshot(snapshot=snapshot, actor=actor)
    return _t("The figures are reviewed.")


def _seal(snapshot, actor, data, request) -> str:
    usage.seal_snapshot(snapshot=snapshot, actor=actor, at=dates.now())
    return _t("The figures are sealed and can be billed from.")


@admin.register(UsageSnapshot)
class UsageSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("title", "year", "state", "source", "sealed_at")
    list_filter = ("year", "state")
    operations = (
        Operation("review", _("Reviewed"), "billing.change_usagesnapshot", _review,
                  explain=_("You have compared the figures with the registry's."),
                  shown=lambda s: s.state == "open"),
        Operation("seal", _("Seal"), "billing.seal_usagesnapshot", _seal, primary=True,
                  explain=_("Sealed figures never change; corrections go into the next run."),
                  shown=lambda s: s.state == "reviewed"),
    )  # fmt: skip


def _override(row, actor, data, request) -> str:
    usage.override_count(row=row, count=data["count"], reason=data["reason"], actor=actor)
    return _t("The figure is changed; the counted one stays beside it.")


@admin.register(UsageRow)
class UsageRowAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "repository", "snapshot", "count", "counted", "reason")
    list_select_related = ("organisation", "repository", "snapshot")
    list_filter = ("snapshot",)
    search_fields = ("organisation__name_folded",)
    operations = (
        Operation("override", _("Change the figure"), "billing.change_usagerow", _override,
                  form=OverrideForm, shown=lambda row: row.snapshot.state != "sealed"),
    )  # fmt: skip


@admin.register(BillingProfile)
class BillingProfileAdmin(RollcallAdmin):
    list_display = ("organisation", "order_reference", "order_valid_for", "buyer_reference")
    list_select_related = ("organisation",)
    autocomplete_fields = ("organisation",)
    search_fields = ("organisation__name_folded", "order_reference")


@admin.register(VatCheck)
class VatCheckAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "vat_id", "answer", "source", "checked_at")
    list_select_related = ("organisation",)
    list_filter = ("answer", "source")


@admin.register(DunningStep)
class DunningStepAdmin(RollcallAdmin):
    list_display = ("ladder", "position", "days_after_due", "act", "subject", "active")
    readonly_fields = ("ladder", "position")
