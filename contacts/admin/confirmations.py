"""The confirmation round: its page with the response per country, and the answers to approve."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import (
    BulkOperation,
    Operation,
    OperationForm,
    ReadOnlyAdmin,
    StaffPage,
    staff_page,
)
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from contacts.admin.application_forms import ReasonForm
from contacts.board import role_labels
from contacts.countries import country_name
from contacts.enums import ReviewState
from contacts.models import ConfirmationRound, Contact, ContactConfirmation, FollowUp
from contacts.services import confirmation, rounds

WHAT = {
    "other": _("somebody else"),
    "address": _("new address"),
    "name": _("new name"),
    "end": _("nobody any more"),
}


def _year() -> int:
    return today().year


def _closing():
    return today() + timedelta(days=42)


class RoundForm(OperationForm):
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2999, initial=_year)
    closes_on = forms.DateField(label=_("Answers count until"), initial=_closing)


def desk(request: HttpRequest) -> HttpResponse:
    """The newest round with its figures; POST starts one."""
    may_start = request.user.has_perm("contacts.start_confirmationround")
    form = RoundForm(request.POST if request.method == "POST" and may_start else None)
    if request.method == "POST" and form.is_bound and form.is_valid():
        try:
            rounds.start_round(on=today(), actor=Actor.user(request.user), **form.cleaned_data)
        except RollcallError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _t("The round has started; members are being asked."))
            return redirect("admin:confirmation_desk")
    all_rounds = list(ConfirmationRound.objects.all()[:10])
    chosen = next(
        (row for row in all_rounds if str(row.year) == request.GET.get("year")),
        all_rounds[0] if all_rounds else None,
    )
    return staff_page(
        request,
        "contacts/confirmation_desk.html",
        title=_t("Confirmation of contacts"),
        context={"form": form, "may_start": may_start, "rounds": all_rounds, "round": chosen,
                 **(_figures(chosen) if chosen else {})},
    )  # fmt: skip


def _figures(current: ConfirmationRound) -> dict:
    states, countries = rounds.round_counts(current)
    asked = sum(states.values())
    answered = sum(states[state] for state in rounds.ANSWERS)
    answers = reverse("admin:contacts_contactconfirmation_changelist")
    return {
        "asked": asked,
        "answered": answered,
        "percent": answered * 100 // asked if asked else 0,
        "states": [
            (ReviewState(state).label, states[state],
             f"{answers}?round__id__exact={current.pk}&state__exact={state}")
            for state in ReviewState.values if states[state]
        ],
        "countries": [(country_name(row.country) or "–", row) for row in countries],
        "nobody": FollowUp.objects.filter(
            code=rounds.NOBODY, about=f"contacts.confirmationround:{current.pk}",
            done_at__isnull=True,
        ).count(),
        "nobody_url": reverse("admin:contacts_followup_changelist")
        + f"?code__exact={rounds.NOBODY}&done_at__isempty=1",
    }  # fmt: skip


DESK = StaffPage(
    "confirmations/", "confirmation_desk", "contacts.view_contactconfirmation", desk, "roll",
    _("Confirmation round"), "fact_check",
)  # fmt: skip
PAGES = (DESK,)


def _approve(row, actor, data, request) -> str:
    confirmation.approve_confirmation(row=row, on=today(), actor=actor)
    return _t("The differences are applied.")


def _refuse(row, actor, data, request) -> str:
    confirmation.refuse_confirmation(row=row, reason=data["reason"], on=today(), actor=actor)
    return _t("The answer is refused; nothing has changed.")


def _answered(row) -> bool:
    return row.state == ReviewState.ANSWERED


@admin.register(ContactConfirmation)
class ContactConfirmationAdmin(ReadOnlyAdmin):
    folded_fields = _("All fields")
    list_display = ("organisation", "round", "state", "differences", "asked_on", "answered_at")
    list_select_related = ("organisation", "round")
    list_filter = ("state", "round")
    search_fields = ("organisation__name_folded",)
    exclude = ("token_hash", "changes")
    change_form_template = "contacts/confirmation_page.html"
    operations = (
        Operation("approve", _("Approve"), "contacts.decide_contactconfirmation", _approve,
                  primary=True, shown=_answered,
                  explain=_("All differences are applied from today, or none when a rule forbids one.")),
        Operation("refuse", _("Refuse"), "contacts.decide_contactconfirmation", _refuse,
                  form=ReasonForm, danger=True, shown=_answered),
    )  # fmt: skip
    bulk_operations = (
        BulkOperation("approve_all", _("Approve the answers"),
                      "contacts.decide_contactconfirmation", _approve,
                      explain=_("One by one; what a rule forbids is listed.")),
    )  # fmt: skip

    @admin.display(description=_("differences"))
    def differences(self, row) -> int:
        return len(row.changes)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if row is not None:
            extra["changes"] = change_words(row)
        return super().change_view(request, object_id, form_url, extra)


def change_words(row: ContactConfirmation) -> list[dict]:
    """The differences for people: duty, what, who it was, who it would be."""
    labels = role_labels()
    before = Contact.objects.in_bulk([c["was"] for c in row.changes if c["was"]])
    return [
        {
            "duty": labels.get(change["role"], change["role"]), "order": change["order"],
            "what": WHAT[change["what"]], "before": before.get(change["was"]),
            "after": f"{change['given_name']} {change['family_name']}".strip(),
            "email": change["email"],
        }
        for change in row.changes
    ]  # fmt: skip
