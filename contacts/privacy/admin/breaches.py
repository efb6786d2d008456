"""The register of breaches: noticed, assessed, told, closed; never changed by hand or deleted."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, OperationForm, RollcallAdmin
from backoffice.core.admin_shim import display
from contacts.privacy import words
from contacts.privacy.enums import BreachState
from contacts.privacy.models import Breach
from contacts.privacy.services import breaches

CATEGORIES = list(words.CATEGORIES.items())


class BreachForm(forms.ModelForm):
    class Meta:
        model = Breach
        fields = ("summary", "detected_at")
        help_texts = {
            "summary": _("In words, without names and addresses."),
            "detected_at": _("When somebody here became aware; the 72 hours count from it."),
        }

    def clean_summary(self) -> str:
        if "@" in self.cleaned_data["summary"]:
            raise forms.ValidationError(_("Say it in words, without an address."))
        return self.cleaned_data["summary"]

    def clean_detected_at(self):
        if self.cleaned_data["detected_at"] > dates.now():
            raise forms.ValidationError(_("It cannot have been noticed in the future."))
        return self.cleaned_data["detected_at"]


class AssessForm(OperationForm):
    categories = forms.MultipleChoiceField(
        label=_("Kinds of data"), choices=CATEGORIES, widget=forms.CheckboxSelectMultiple
    )
    people = forms.IntegerField(label=_("People concerned, about"), min_value=0, required=False)
    began_at = forms.DateTimeField(label=_("Began"), required=False)
    ended_at = forms.DateTimeField(label=_("Ended"), required=False)
    consequences = forms.CharField(label=_("Likely consequences"), widget=forms.Textarea)
    measures = forms.CharField(label=_("Measures taken"), widget=forms.Textarea)
    risk = forms.BooleanField(label=_("There is a risk to people"), required=False)
    high_risk = forms.BooleanField(label=_("The risk is high"), required=False)


class AuthorityForm(OperationForm):
    at = forms.DateTimeField(label=_("Told at"), initial=dates.now)
    reference = forms.CharField(label=_("Reference there"), max_length=80, required=False)
    reason = forms.CharField(label=_("Why late, after 72 hours"), max_length=300, required=False)


class PeopleForm(OperationForm):
    at = forms.DateTimeField(label=_("Told at"), required=False)
    reason = forms.CharField(label=_("Or why they are not told"), max_length=300, required=False)


class CloseForm(OperationForm):
    reason = forms.CharField(
        label=_("Why the authority was not told"), max_length=300, required=False,
        help_text=_("Only where there is no risk."),
    )  # fmt: skip


class WhoForm(OperationForm):
    categories = forms.MultipleChoiceField(
        label=_("Kinds of data"), choices=CATEGORIES, widget=forms.CheckboxSelectMultiple
    )
    since = forms.DateTimeField(label=_("From"))
    until = forms.DateTimeField(label=_("Until"))


def _assess(breach, actor, data, request) -> str:
    breaches.assess_breach(breach=breach, actor=actor, **data)
    return _t("Assessed.")


def _authority(breach, actor, data, request) -> str:
    breaches.tell_authority(breach=breach, actor=actor, now=dates.now(), **data)
    return _t("On record.")


def _people(breach, actor, data, request) -> str:
    breaches.tell_people(breach=breach, actor=actor, **data)
    return _t("On record.")


def _close(breach, actor, data, request) -> str:
    breaches.close_breach(breach=breach, actor=actor, now=dates.now(), **data)
    return _t("The breach is closed.")


def _who(breach, actor, data, request) -> str:
    found = breaches.affected(data["categories"], data["since"], data["until"])
    parts = [
        _t("%(data)s: %(rows)s rows, %(people)s people")
        % {"data": words.data(row.model), "rows": row.rows, "people": row.people}
        for row in found
    ]
    return "; ".join(parts) or _t("Nothing was written in this time.")


ASSESSED = BreachState.ASSESSED


@admin.register(Breach)
class BreachAdmin(RollcallAdmin):
    form = BreachForm
    list_display = ("reference", "summary", "state", "detected_at", "clock")
    readonly_shown = (
        "reference", "state", "summary", "detected_at", "began_at", "ended_at", "shown_categories",
        "people", "consequences", "measures", "risk", "high_risk", "authority_told_at",
        "authority_reference", "authority_reason", "people_told_at", "people_reason", "closed_at",
    )  # fmt: skip
    restorable = False
    operations = (
        Operation("assess", _("Assess"), "privacy.change_breach", _assess, form=AssessForm,
                  primary=True, shown=lambda b: b.state != BreachState.CLOSED),
        Operation("who", _("Who is concerned?"), "privacy.change_breach", _who, form=WhoForm,
                  explain=_("Counts rows that were written or changed within the time; no names."),
                  shown=lambda b: b.state != BreachState.CLOSED),
        Operation("authority", _("Authority told"), "privacy.change_breach", _authority,
                  form=AuthorityForm,
                  shown=lambda b: b.state == ASSESSED and b.authority_told_at is None),
        Operation("people", _("People told"), "privacy.change_breach", _people, form=PeopleForm,
                  shown=lambda b: b.state == ASSESSED and b.people_told_at is None),
        Operation("close", _("Close"), "privacy.change_breach", _close, form=CloseForm,
                  shown=lambda b: b.state == ASSESSED),
    )  # fmt: skip

    def get_fields(self, request, obj=None):
        return self.readonly_shown if obj is not None else ("summary", "detected_at")

    def get_readonly_fields(self, request, obj=None):
        return self.readonly_shown if obj is not None else ()

    def has_change_permission(self, request, obj=None) -> bool:
        return False if obj is not None else super().has_change_permission(request)

    @admin.display(description=_("kinds of data"))
    def shown_categories(self, breach) -> str:
        return ", ".join(words.category(code) for code in breach.categories) or "–"

    @display(description=_("72 hours"), label={"late": "danger", "running": "warning"})
    def clock(self, breach):
        if breach.authority_told_at or breach.state == BreachState.CLOSED:
            return "done", "✓"
        left = int((breach.authority_due_at - dates.now()).total_seconds() // 3600)
        if left < 0:
            return "late", _t("over")
        return "running", _t("%(hours)s hours left") % {"hours": left}

    def save_model(self, request, obj, form, change) -> None:
        made = breaches.open_breach(
            now=dates.now(), actor=Actor.user(request.user), **form.cleaned_data
        )
        obj.pk, obj.reference = made.pk, made.reference
