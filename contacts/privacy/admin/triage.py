"""Triage: mails whose words no rule could read, and what people wrote later."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from contacts.privacy.enums import CaseKind, CaseState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import triage
from contacts.privacy.services.organisation_path import looks_shared

AT_ONCE = 20


class FileForm(forms.Form):
    kinds = forms.MultipleChoiceField(
        label=_("What is asked for"),
        choices=[choice for choice in CaseKind.choices if choice[0] != CaseKind.UNCLEAR],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def triage_page(request):
    """GET shows what waits, POST files or dismisses one case."""
    if request.method == "POST":
        _act(request)
        return redirect("admin:privacy_triage")
    waiting = triage.waiting_for_triage().select_related("contact")
    cards = [
        {
            "case": case,
            "left": (case.due_on - today()).days,
            "mail": triage.mail_of(case),
            "shared": looks_shared(case.address or ""),
            "form": FileForm(initial={"kinds": case.suggested}, prefix=f"c{case.pk}"),
        }
        for case in waiting[:AT_ONCE]
    ]
    unread = PrivacyCase.objects.filter(unread_since__isnull=False).exclude(state=CaseState.CLOSED)
    return staff_page(
        request, "privacy/triage.html", title=_t("Mails to be read"),
        context={"cards": cards, "more": max(waiting.count() - AT_ONCE, 0),
                 "unread": unread.order_by("unread_since")},
    )  # fmt: skip


def _act(request) -> None:
    if not request.user.has_perm("privacy.plan_privacycase"):
        raise PermissionDenied
    case = get_object_or_404(PrivacyCase, pk=request.POST.get("case") or 0, kind=CaseKind.UNCLEAR)
    actor = Actor.user(request.user)
    try:
        if request.POST.get("act") == "dismiss":
            triage.dismiss_case(case=case, actor=actor)
            messages.success(request, _t("Closed; nobody is answered."))
            return
        form = FileForm(request.POST, prefix=f"c{case.pk}")
        kinds = form.cleaned_data["kinds"] if form.is_valid() else []
        filed = triage.file_case(case=case, kinds=kinds, actor=actor)
    except RollcallError as error:
        messages.error(request, str(error))
        return
    messages.success(
        request,
        _t("Filed: %(cases)s") % {"cases": ", ".join(
            f"{one.reference} {one.get_kind_display()}" for one in filed)},
    )  # fmt: skip


TRIAGE = StaffPage(
    "privacy/triage/", "privacy_triage", "privacy.plan_privacycase", triage_page, "privacy",
    _("Mails to be read"), "mark_email_unread",
)  # fmt: skip
