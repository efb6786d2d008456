"""Answers to hand-over questions, waiting for approval."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import BulkOperation, Operation, ReadOnlyAdmin
from backoffice.core.dates import today
from contacts.admin.application_forms import ReasonForm
from contacts.enums import ReviewState
from contacts.models import HandOver
from contacts.services import handover as service


def _approve(handover, actor, data, request) -> str:
    service.approve_handover(handover=handover, on=today(), actor=actor)
    return _t("The successor holds the duty from today; the old holder has an end date.")


def _refuse(handover, actor, data, request) -> str:
    service.refuse_handover(handover=handover, reason=data["reason"], on=today(), actor=actor)
    return _t("The answer is refused; nothing has changed.")


def _again(handover, actor, data, request) -> str:
    service.ask_handover(
        organisation=handover.organisation, role_type=handover.role_type, order=handover.order,
        on=today(), actor=actor, about=handover.about,
    )  # fmt: skip
    return _t("A fresh link is on its way.")


def _answered(handover) -> bool:
    return handover.state == ReviewState.ANSWERED


@admin.register(HandOver)
class HandOverAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "role_type", "state", "named", "asked_on", "expires_on")
    list_select_related = ("organisation", "role_type")
    list_filter = ("state", "role_type")
    search_fields = ("organisation__name_folded",)
    exclude = ("token_hash",)
    operations = (
        Operation("approve", _("Approve"), "contacts.decide_handover", _approve, primary=True,
                  shown=_answered,
                  explain=lambda h: _t("%(name)s (%(email)s) takes the duty “%(role)s” of %(organisation)s.") % {
                      "name": f"{h.given_name} {h.family_name}".strip(), "email": h.email,
                      "role": h.role_type, "organisation": h.organisation}),
        Operation("refuse", _("Refuse"), "contacts.decide_handover", _refuse, form=ReasonForm,
                  danger=True, shown=_answered),
        Operation("again", _("Ask again"), "contacts.ask_handover", _again,
                  shown=lambda h: h.state in (ReviewState.ASKED, ReviewState.EXPIRED,
                                              ReviewState.REFUSED),
                  explain=_("A link sent earlier stops working.")),
    )  # fmt: skip
    bulk_operations = (
        BulkOperation("approve_all", _("Approve the answers"), "contacts.decide_handover",
                      _approve, explain=_("One by one; what a rule forbids is listed.")),
    )  # fmt: skip

    @admin.display(description=_("successor named"))
    def named(self, handover) -> str:
        return f"{handover.given_name} {handover.family_name}".strip() or "–"
