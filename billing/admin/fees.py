"""Fee schedules as people read them: components, tiers, worked examples; proposed, published, ended."""

from __future__ import annotations

import json
from datetime import timedelta

from django import forms
from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import (
    Operation,
    OperationForm,
    ReadOnlyAdmin,
    StaffPage,
    staff_page,
)
from backoffice.core.admin_shim import display
from backoffice.core.errors import RollcallError
from billing.admin.words import (
    ALL_FIELDS,
    FIRST_YEAR,
    KINDS,
    MEASURES,
    PAYERS,
    PRORATIONS,
    SCHEDULE_STATES,
)
from billing.fees.schedule import Component, Schedule
from billing.fees.worked import examples
from billing.models import FeeSchedule
from billing.services import proposals
from billing.services.schedules import parsed
from contacts.models import MemberType

TONES = {"proposal": "rc-warn", "current": "rc-good"}


class PublishForm(OperationForm):
    takes_object = True
    valid_from = forms.DateField(label=_("Valid from"))
    until = forms.DateField(label=_("Until (not included)"), required=False)

    def __init__(self, *args, obj, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = obj.valid_from
        self.fields["until"].initial = obj.valid_until


class EndForm(OperationForm):
    until = forms.DateField(label=_("Not valid any more on"))


class BandsForm(OperationForm):
    """One line per band of the first component that has bands."""

    takes_object = True
    component = forms.ChoiceField(label=_("Component"))
    bands = forms.CharField(
        label=_("Bands"), widget=forms.Textarea,
        help_text=_("A line per band: name; amount; countries, such as: high; 700.00; DE FR US"),
    )  # fmt: skip

    def __init__(self, *args, obj, **kwargs) -> None:
        own = [c for c in parsed(obj.data).components if c.rule.kind == "country_group"]
        choices = [(c.key, c.labels["en"]) for c in own]
        super().__init__(*args, **kwargs)
        self.fields["component"].choices = choices  # type: ignore[attr-defined]
        self.fields["component"].initial = choices[0][0] if choices else ""
        self.fields["bands"].initial = "\n".join(
            f"{group.name}; {group.amount or ''}; {' '.join(sorted(group.countries))}"
            for component in own[:1]
            for group in component.rule.groups
        )


class ProposalForm(OperationForm):
    file = forms.FileField(
        label=_("Schedule"), help_text=_("JSON, such as an exported schedule that was changed.")
    )


def _export(schedule, actor, data, request) -> HttpResponse:
    content = json.dumps(schedule.data, ensure_ascii=False, indent=1) + "\n"
    response = HttpResponse(content, content_type="application/json")
    name = f"{schedule.code}-v{schedule.version}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _publish(schedule, actor, data, request) -> str:
    row = proposals.publish_schedule(schedule=schedule, actor=actor, **data)
    return _t("%(s)s is current from %(day)s.") % {"s": row, "day": row.valid_from}


def _end(schedule, actor, data, request):
    row = proposals.end_schedule(schedule=schedule, until=data["until"], actor=actor)
    return redirect("admin:billing_feeschedule_change", row.pk)


def _bands(schedule, actor, data, request):
    row = proposals.propose_bands(
        schedule=schedule, component=data["component"],
        groups=proposals.read_bands(data["bands"]), actor=actor,
    )  # fmt: skip
    return redirect("admin:billing_feeschedule_change", row.pk)


def _drop(schedule, actor, data, request):
    proposals.drop_proposal(schedule=schedule, actor=actor)
    return redirect("admin:billing_feeschedule_changelist")


def _has_bands(schedule) -> bool:
    return any(c["rule"].get("kind") == "country_group" for c in schedule.data["components"])


@admin.register(FeeSchedule)
class FeeScheduleAdmin(ReadOnlyAdmin):
    list_display = ("code", "version", "state", "currency", "valid_from", "valid_until", "source")
    list_filter = ("agency",)
    search_fields = ("code",)
    exclude = ("data",)
    change_form_template = "billing/schedule_page.html"
    folded_fields = ALL_FIELDS
    operations = (
        Operation("publish", _("Publish"), "billing.publish_feeschedule", _publish,
                  form=PublishForm, primary=True,
                  explain=_("Runs bill by it from then on. Older versions of it step back."),
                  shown=lambda s: s.status == "proposal"),
        Operation("bands", _("Set the country bands"), "billing.add_feeschedule", _bands,
                  form=BandsForm, shown=_has_bands,
                  explain=_("Makes a proposal with these bands; nothing is billed by it until it is "
                            "published.")),
        Operation("end", _("End"), "billing.publish_feeschedule", _end, form=EndForm,
                  shown=lambda s: s.status == "current",
                  explain=_("A schedule that has billed gets a new version with that end.")),
        Operation("export", _("Export as JSON"), "billing.view_feeschedule", _export),
        Operation("drop", _("Drop the proposal"), "billing.add_feeschedule", _drop, danger=True,
                  shown=lambda s: s.status == "proposal"),
    )  # fmt: skip

    @display(description=_("state"))
    def state(self, schedule):
        return SCHEDULE_STATES[schedule.status]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        schedule = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if schedule is not None:
            extra |= page_context(schedule)
        return super().change_view(request, object_id, form_url, extra)


def page_context(row: FeeSchedule) -> dict:
    """The schedule in words, each component with its rule and worked examples."""
    try:
        schedule: Schedule | None = parsed(row.data)
    except RollcallError:
        schedule = None
    components = schedule.components if schedule is not None else ()
    types = dict(MemberType.objects.values_list("code", "label"))
    return {
        "schedule": schedule,
        "status": SCHEDULE_STATES[row.status],
        "tone": TONES.get(row.status, ""),
        "proration": PRORATIONS[schedule.proration] if schedule is not None else "",
        "last_day": row.valid_until - timedelta(days=1) if row.valid_until else None,
        "components": [_shown(component, types) for component in components],
        "runs": row.runs.order_by("-pk")[:6],
    }


def _shown(component: Component, types: dict[str, str]) -> dict:
    worked = examples(component)
    return {
        "payer": PAYERS[component.bill_to],
        "first_year": FIRST_YEAR[component.first_year],
        "measure": MEASURES.get(component.rule.measure, ""),
        "types": [types.get(code, code) for code in component.applies.member_types],
        "component": component,
        "kind": KINDS[component.rule.kind],
        "worked": worked,
        "falls": any(example.falls for example in worked),
        "groups": [(group, " ".join(sorted(group.countries))) for group in component.rule.groups],
        "countries": " ".join(sorted(component.rule.countries)),
    }


def propose(request):
    """Upload of a schedule as a proposal; what is wrong with it is named by its field."""
    form = ProposalForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = proposals.propose_schedule(
                content=file.read(), file_name=file.name, actor=Actor.user(request.user)
            )
        except RollcallError as error:
            form.add_error("file", str(error))
        else:
            return redirect("admin:billing_feeschedule_change", row.pk)
    return staff_page(
        request, "billing/propose_schedule.html", title=_t("Propose a schedule"),
        context={"form": form},
    )  # fmt: skip


PROPOSE = StaffPage(
    "billing/propose-schedule/", "propose_schedule", "billing.add_feeschedule", propose
)
