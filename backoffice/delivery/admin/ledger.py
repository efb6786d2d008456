"""The ledger of suppressed addresses: look one up by typing it, add one, lift one with evidence."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, OperationForm, ReadOnlyAdmin
from backoffice.core.admin_shim import ChoicesDropdownFilter
from backoffice.core.errors import BadInput, RollcallError
from backoffice.delivery.enums import MailClass, SuppressionReason
from backoffice.delivery.models import Permit, Suppression
from backoffice.delivery.services.lifting import lift_with_evidence
from backoffice.delivery.services.suppression import address_hash, suppress

SCOPES = [
    ("optional", _("All optional mail")),
    ("all", _("Everything but answers to the person's own acts")),
    *[(f"class:{value}", label) for value, label in MailClass.choices if value != MailClass.ANSWER],
]


class LiftForm(OperationForm):
    evidence = forms.CharField(
        label=_("Where the person's wish is kept"), max_length=80,
        help_text=_("A ticket number or the date of a letter, without name or address."),
    )  # fmt: skip


class SuppressForm(OperationForm):
    address = forms.EmailField(label=_("E-mail address"), max_length=254)
    scope = forms.ChoiceField(label=_("What stops"), choices=SCOPES)


def _lift(row: Suppression, actor, data, request) -> str:
    lift_with_evidence(suppression=row, evidence=data["evidence"], actor=actor, at=dates.now())
    return _t("Lifted, with its evidence on record.")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("short_hash", "scope", "reason", "source", "created_at", "lifted_at")
    list_filter = (("reason", ChoicesDropdownFilter),)
    search_fields = ("address_hash", "scope")
    search_help_text = _("Type a whole address to find its rows: it is hashed, never stored.")
    operations = (
        Operation("lift", _("Lift"), "delivery.lift_suppression", _lift, form=LiftForm, danger=True,
                  shown=lambda row: row.lifted_at is None,
                  explain=_("Only the person can undo this: by a fresh confirmed opt-in, or by a wish "
                            "that you have on record.")),
    )  # fmt: skip

    @admin.display(description=_("address (hash)"))
    def short_hash(self, row: Suppression) -> str:
        return row.address_hash[:12]

    def get_search_results(self, request, queryset, search_term):
        """Typing an address finds its rows: it is hashed, never stored."""
        if "@" in search_term:
            try:
                return queryset.filter(address_hash=address_hash(search_term)), False
            except BadInput:
                return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("delivery.add_suppression")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None):
        """The address goes into the ledger as a hash; the row cannot be edited."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = SuppressForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                row = suppress(
                    form.cleaned_data["address"],
                    scope=form.cleaned_data["scope"],
                    reason=SuppressionReason.STAFF,
                    actor=Actor.user(request.user),
                    source="staff",
                )
            except RollcallError as error:
                form.add_error("address", error.message)
            else:
                self.message_user(request, _t("No such mail goes to this address any more."))
                return HttpResponseRedirect(
                    reverse("admin:delivery_suppression_change", args=[row.pk])
                )
        context = {
            **self.admin_site.each_context(request),
            "title": _t("Stop mail to an address"),
            "opts": self.opts,
            "operation": {"label": _t("Stop")},
            "original": "",
            "explanation": _t("Only the person can undo it, or you with their wish on record."),
            "form": form,
            "back": reverse("admin:delivery_suppression_changelist"),
        }
        return TemplateResponse(request, "admin/operation.html", context)


@admin.register(Permit)
class PermitAdmin(ReadOnlyAdmin):
    """Fresh opt-ins to one topic against a suppression that still stands."""

    list_display = ("short_hash", "topic", "evidence", "created_at", "ended_at")
    search_fields = ("address_hash", "topic")

    @admin.display(description=_("address (hash)"))
    def short_hash(self, row: Permit) -> str:
        return row.address_hash[:12]
