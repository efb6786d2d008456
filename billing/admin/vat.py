"""The VAT desk: what VIES says about payers in other member states, and staff's own decisions."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import ReadOnlyAdmin, StaffPage, staff_page
from backoffice.core.errors import RollcallError
from backoffice.core.services import jobs
from billing.models import VatCheck
from billing.services import vat_ids
from contacts.models import Organisation

PAGE = 50
STATES = {
    "valid": _("valid"),
    "accepted": _("accepted by staff"),
    "offline": _("form and check digits are right"),
    "unknown": _("no answer yet"),
    "old": _("answer too old"),
    "invalid": _("not valid"),
    "malformed": _("form or check digit is wrong"),
}
TONES = {"valid": "rc-good", "accepted": "rc-good", "invalid": "rc-bad", "malformed": "rc-bad",
         "unknown": "rc-warn", "old": "rc-warn"}  # fmt: skip
TO_DECIDE = ("invalid", "malformed", "unknown", "old")


@admin.register(VatCheck)
class VatCheckAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "vat_id", "answer", "source", "request_id", "checked_at")
    list_select_related = ("organisation",)
    list_filter = ("answer", "source")
    search_fields = ("organisation__name_folded", "vat_id")


def desk(request):
    """Every VAT id abroad with the newest clear answer; each decision is one POST."""
    if request.method == "POST":
        _post(request)
        return redirect("admin:vat_desk")
    rows = vat_ids.positions(at=dates.now())
    views = {
        "decide": [row for row in rows if row.state in TO_DECIDE],
        "names": [row for row in rows if row.name_differs],
        "all": rows,
    }
    show = request.GET.get("show", "decide")
    show = show if show in views else "decide"
    page = Paginator(views[show], PAGE).get_page(request.GET.get("p"))
    return staff_page(
        request,
        "billing/vat_desk.html",
        title=_t("VAT ids"),
        context={
            "show": show,
            "views": [
                ("decide", _("To decide"), len(views["decide"])),
                ("names", _("Other name in the register"), len(views["names"])),
                ("all", _("All"), len(rows)),
            ],
            "page": page,
            "rows": [(row, STATES[row.state], TONES.get(row.state, "")) for row in page],
            "online": vat_ids.is_online(),
            "waiting": jobs.is_waiting("billing.check_vat_ids"),
            "may_decide": request.user.has_perm("billing.add_vatcheck"),
        },
    )


def _post(request) -> None:
    if not request.user.has_perm("billing.add_vatcheck"):
        messages.error(request, _t("You may not decide about VAT ids."))
        return
    try:
        if request.POST.get("act") == "ask":
            jobs.enqueue("billing.check_vat_ids", requested_by=request.user)
            messages.success(request, _t("VIES is being asked."))
            return
        organisation = get_object_or_404(Organisation, pk=request.POST.get("organisation"))
        accept = request.POST.get("act") == "accept"
        vat_ids.decide_vat_id(
            organisation=organisation, accept=accept, reason=request.POST.get("reason", ""),
            actor=Actor.user(request.user), at=dates.now(),
        )  # fmt: skip
    except RollcallError as error:
        messages.error(request, str(error))
    else:
        text = (
            _t("The VAT id of %(o)s is accepted.")
            if accept
            else _t("The VAT id of %(o)s does not count.")
        )
        messages.success(request, text % {"o": organisation})


VAT_DESK = StaffPage(
    "billing/vat/", "vat_desk", "billing.view_vatcheck", desk, "billing", _("VAT ids"), "verified",
)  # fmt: skip
