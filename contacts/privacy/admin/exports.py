"""The review of an access export: staff read every record before the link is sent."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from contacts.privacy.enums import CaseKind, CaseState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import export
from contacts.privacy.services.collecting import AS_IS, BLACK_OUT, WITHHOLD

CHOICES = (
    (AS_IS, _("As it is")), (BLACK_OUT, _("Other people blacked out")), (WITHHOLD, _("Kept back")),
)  # fmt: skip


def review_page(request, case_id: int):
    """GET shows everything that would leave, POST releases it as read."""
    case = get_object_or_404(PrivacyCase, pk=case_id, kind=CaseKind.ACCESS)
    if case.state != CaseState.IN_REVIEW or case.identity_confirmed_at is None:
        raise Http404
    if request.method == "POST":
        given = {key: value for key, value in request.POST.items()
                 if key not in ("csrfmiddlewaretoken", "seen")}  # fmt: skip
        try:
            export.release_export(case=case, seen=request.POST.get("seen", ""), decisions=given,
                                  on=today(), actor=Actor.user(request.user))  # fmt: skip
            messages.success(request, _t("Released; the person gets an expiring link."))
            return redirect("admin:privacy_privacycase_change", case.pk)
        except RollcallError as error:
            messages.error(request, str(error))
    draft = export.draft_export(case)
    records = [
        {"record": record, "decision": draft.decision(record, {}),
         "blacked": [draft.others.black_out(record.values[name]) for name in record.others]}
        for record in draft.records
    ]  # fmt: skip
    return staff_page(
        request, "privacy/export_review.html", title=_t("Access export"),
        context={"case": case, "records": records, "digest": draft.digest, "choices": CHOICES,
                 "flagged": sum(bool(record.others) for record in draft.records)},
    )  # fmt: skip


EXPORT_REVIEW = StaffPage(
    "privacy/<int:case_id>/export/", "privacy_export_review", "privacy.execute_privacycase",
    review_page,
)  # fmt: skip
