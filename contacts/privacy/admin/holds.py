"""Legal holds: set with a reason and an end, lifted before it, never changed or deleted."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, RollcallAdmin
from backoffice.core.dates import today
from contacts.privacy.models import LegalHold
from contacts.privacy.services import holds


class LegalHoldForm(forms.ModelForm):
    class Meta:
        model = LegalHold
        fields = ("contact", "organisation", "reason", "since", "until")
        labels = {"until": _("First day without the hold")}

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        if bool(data.get("contact")) == bool(data.get("organisation")):
            raise forms.ValidationError(_("A hold is on a person or on an organisation."))
        if "@" in data.get("reason", ""):
            self.add_error("reason", _("Say why, without an address."))
        since, until = data.get("since"), data.get("until")
        if since and until and until <= since:
            self.add_error("until", _("A hold ends after it starts."))
        return data


def _lift(hold, actor, data, request) -> str:
    holds.lift_hold(hold=hold, actor=actor)
    return _t("The hold is lifted.")


@admin.register(LegalHold)
class LegalHoldAdmin(RollcallAdmin):
    form = LegalHoldForm
    list_display = ("__str__", "reason", "since", "until", "lifted_at")
    list_select_related = ("contact", "organisation")
    autocomplete_fields = ("contact", "organisation")
    restorable = False
    operations = (
        Operation("lift", _("Lift the hold"), "privacy.change_legalhold", _lift, danger=True,
                  explain=_("Retention and removals touch the data again from now on."),
                  shown=lambda hold: hold.lifted_at is None and hold.until > today()),
    )  # fmt: skip

    def has_change_permission(self, request, obj=None) -> bool:
        return False if obj is not None else super().has_change_permission(request)

    def save_model(self, request, obj, form, change) -> None:
        made = holds.set_hold(actor=Actor.user(request.user), **form.cleaned_data)
        obj.pk, obj.set_by = made.pk, made.set_by
