"""Lanes, transports and recipient domains: pause, limits, quiet hours."""

from __future__ import annotations

import re

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, OperationForm, RollcallAdmin
from backoffice.delivery.enums import Lane
from backoffice.delivery.models import LaneState
from backoffice.delivery.services import lanes

KEYS = re.compile(r"^(domain:[a-z0-9-]+(\.[a-z0-9-]+)+|transport:[a-z_]{2,20})$")


class PauseForm(OperationForm):
    reason = forms.CharField(label=_("Why"), max_length=100)


def _pause(lane: LaneState, actor, data, request) -> str:
    lanes.pause(lane.key, reason=data["reason"], actor=actor, now=dates.now())
    return _t("Paused before the next hand-over.")


def _resume(lane: LaneState, actor, data, request) -> str:
    lanes.resume(lane.key, actor=actor, now=dates.now())
    return _t("It goes on.")


class LaneForm(forms.ModelForm):
    class Meta:
        model = LaneState
        fields = ("key", *lanes.LIMITS)

    def clean_key(self) -> str:
        key = self.cleaned_data["key"].strip().lower()
        if not KEYS.match(key) and key not in Lane.values:
            raise forms.ValidationError(
                _("Write domain:example.org for a recipient domain or transport:smtp for a "
                  "transport.")
            )  # fmt: skip
        return key

    def clean(self):
        data = super().clean() or {}
        if (data.get("quiet_from") is None) != (data.get("quiet_until") is None):
            raise forms.ValidationError(_("Quiet hours need a beginning and an end."))
        return data


@admin.register(LaneState)
class LaneAdmin(RollcallAdmin):
    restorable = False
    form = LaneForm
    list_display = (
        "words",
        "paused_at",
        "pause_reason",
        "failures",
        "open_until",
        "per_second",
        "per_hour",
        "per_day",
        "quiet",
    )
    fieldsets = (
        (None, {"fields": ("key",)}),
        (_("Limits"), {"fields": (("per_second", "per_hour", "per_day"),)}),
        (_("Quiet hours"), {
            "fields": (("quiet_from", "quiet_until"), "weekdays_only"),
            "description": _("On the clock of the agency. What is planned waits until they end."),
        }),
        (_("State"), {"fields": ("paused_at", "pause_reason", "failures", "open_until")}),
    )  # fmt: skip
    operations = (
        Operation("pause", _("Pause"), "delivery.pause_lanestate", _pause, form=PauseForm,
                  shown=lambda lane: lane.paused_at is None),
        Operation("resume", _("Go on"), "delivery.pause_lanestate", _resume, primary=True,
                  shown=lambda lane: lane.paused_at is not None or lane.open_until is not None),
    )  # fmt: skip

    @admin.display(description=_("lane"), ordering="key")
    def words(self, lane: LaneState) -> str:
        kind, colon, name = lane.key.partition(":")
        if not colon:
            return str(Lane(kind).label) if kind in Lane.values else kind
        shown = {
            "domain": _t("Recipient domain %(name)s"),
            "transport": _t("Transport %(name)s"),
            "mailing": _t("Mailing no. %(name)s"),
        }
        return shown.get(kind, "%(name)s") % {"name": name}

    @admin.display(description=_("quiet hours"))
    def quiet(self, lane: LaneState) -> str:
        hours = f"{lane.quiet_from:%H:%M}–{lane.quiet_until:%H:%M}" if lane.quiet_from else ""
        weekend = _t("weekend") if lane.weekdays_only else ""
        return ", ".join(filter(None, (hours, weekend))) or "–"

    def get_readonly_fields(self, request: HttpRequest, obj: LaneState | None = None):
        state = ("paused_at", "pause_reason", "failures", "open_until")
        return ("key", *state) if obj is not None else state

    def save_model(self, request: HttpRequest, obj: LaneState, form, change: bool) -> None:
        lanes.set_limits(obj, fields=form.changed_data, actor=Actor.user(request.user))
