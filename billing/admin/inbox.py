"""The payment inbox: bank entries that wait, what fits them, and one POST for each decision."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.errors import BadInput, RollcallError
from billing.admin.forms import StatementForm
from billing.enums import AsideKind
from billing.models import BankEntry, BankStatement, Payment
from billing.services import bank_import, entries, inbox
from contacts.models import Organisation

PAGE = 20
VIEWS = {
    "in": _("Money in"),
    "out": _("Money out"),
    "aside": _("Set aside"),
    "matched": _("Matched"),
}


def page(request):
    """Upload, open entries with what fits them, credit of payers."""
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        _post(request, form)
        view = request.POST.get("view", "")
        target = reverse("admin:payment_inbox")
        return redirect(f"{target}?view={view}" if view in VIEWS else target)
    view = request.GET.get("view", "in")
    view = view if view in VIEWS else "in"
    rows = Paginator(inbox.entries_of(view), PAGE).get_page(request.GET.get("p"))
    number = request.GET.get("entry", "")
    counts = inbox.counts()
    waiting = view in ("in", "out")
    return staff_page(
        request,
        "billing/payment_inbox.html",
        title=_t("Payment inbox"),
        context={
            "form": StatementForm(),
            "view": view,
            "views": [(name, label, counts.get(name)) for name, label in VIEWS.items()],
            "page": rows,
            "offers": inbox.offers(
                list(rows),
                entry_id=int(number) if number.isdigit() else 0,
                wanted=request.GET.get("q", ""),
            )
            if waiting
            else [],
            "asked": number,
            "wanted": request.GET.get("q", ""),
            "kinds": [choice for choice in AsideKind.choices if choice[0]],
            "credits": inbox.credits() if view == "in" else [],
            "statements": BankStatement.objects.all()[:6],
        },
    )


def _post(request, form) -> None:
    actor = Actor.user(request.user)
    acts = {"match": _match, "aside": _aside, "return": _return, "refund": _refund,
            "reopen": _reopen}  # fmt: skip
    try:
        act = acts.get(request.POST.get("act", ""))
        if act is not None:
            messages.success(request, act(request.POST, actor))
        elif form.is_valid():
            messages.success(request, _upload(form, actor))
        else:
            messages.error(request, _t("Choose a file."))
    except RollcallError as error:
        messages.error(request, str(error))


def _entry(data) -> BankEntry:
    entry = BankEntry.objects.filter(pk=_number(data.get("entry"))).first()
    if entry is None:
        raise BadInput(_t("The entry does not exist."))
    return entry


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _amount(text: str, where: str) -> Decimal:
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        raise BadInput(
            _t("%(text)s is not an amount.") % {"text": text[:20]}, where=where
        ) from error
    if not amount.is_finite() or amount < 0:
        raise BadInput(_t("%(text)s is not an amount.") % {"text": text[:20]}, where=where)
    return amount


def _match(data, actor) -> str:
    entry = _entry(data)
    parts = [
        (key, _amount(data.get(f"amount_{key}", ""), _t("amount")))
        for key in data.getlist("invoice")
    ]
    payer = Organisation.objects.filter(pk=_number(data.get("payer"))).first()
    settled = data.get("settled", "").strip()
    charges = data.get("charges", "").strip()
    payment = entries.pay_from_entry(
        entry=entry, parts=[part for part in parts if part[1] > 0], actor=actor, organisation=payer,
        charges=_amount(charges, _t("bank charges")) if charges else Decimal("0.00"),
        settled=_amount(settled, _t("worth")) if settled else None,
    )  # fmt: skip
    left = payment.amount + payment.charges - sum(amount for _key, amount in parts)
    if not parts:
        return _t("%(amount)s is credit of %(payer)s now.") % {"amount": left, "payer": payer}
    if left > 0:
        return _t("Settled; %(left)s stays as credit of the payer.") % {"left": left}
    return _t("Settled.")


def _aside(data, actor) -> str:
    entries.set_aside(
        entry=_entry(data), note=data.get("note", ""), kind=data.get("kind", ""), actor=actor
    )
    return _t("Set aside.")


def _payment(data) -> Payment:
    payment = Payment.objects.filter(pk=_number(data.get("payment"))).first()
    if payment is None:
        raise BadInput(_t("Choose the payment."))
    return payment


def _return(data, actor) -> str:
    entries.return_from_entry(
        entry=_entry(data), payment=_payment(data), actor=actor, at=dates.now()
    )
    return _t("The payment was taken back by the bank; its invoices are open again.")


def _refund(data, actor) -> str:
    entries.refund_from_entry(entry=_entry(data), payment=_payment(data), actor=actor)
    return _t("The refund is recorded.")


def _reopen(data, actor) -> str:
    entries.reopen_entry(
        entry=_entry(data), reason=data.get("reason", ""), actor=actor, at=dates.now()
    )
    return _t("The entry is in the inbox again.")


def _upload(form, actor) -> str:
    file = form.cleaned_data["file"]
    outcome = bank_import.import_bank_file(
        content=file.read(),
        file_name=file.name,
        actor=actor,
        at=dates.now(),
        accept_balance_gap=form.cleaned_data["accept_balance_gap"],
    )
    done = outcome.as_json()
    known = sum(1 for row in done["entries"] if row["status"] == "duplicate")
    return _t("%(entries)s entries read, %(matched)s matched, %(known)s known already.") % {
        "entries": len(done["entries"]), "matched": done["matched"], "known": known,
    }  # fmt: skip


PAYMENT_INBOX = StaffPage(
    "billing/inbox/", "payment_inbox", "billing.match_bankentry", page, "billing",
    _("Payment inbox"), "account_balance_wallet",
)  # fmt: skip
