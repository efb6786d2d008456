"""Billing on shared screens: timeline, organisation page, dashboard tiles, palette, duties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from backoffice.core.surfaces import Hit, MyPage, PaletteSource, Tile
from billing.enums import EntryState, RunState
from billing.models import BankEntry, BillingRun, DunningNotice, Invoice, Payment
from billing.services.dunning import propose_reminders
from billing.services.mine import holds_billing_duty
from billing.services.paper_mail import count_waiting
from billing.services.payments import payment_state
from contacts.models import RoleType
from contacts.registry import HeadFact, OrganisationTab, TimelineEntry


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def invoice_url(pk: object) -> str:
    return reverse("admin:billing_invoice_change", args=[pk])


def timeline(
    organisation_id: int | None, contact_id: int | None, limit: int, before: datetime | None
) -> Iterable[TimelineEntry]:
    """Documents, payments and reminders of an organisation; a contact has none of its own."""
    if organisation_id is None:
        return []
    invoices = Invoice.objects.issued().filter(payer_id=organisation_id)
    payments = Payment.objects.filter(organisation_id=organisation_id)
    notices = DunningNotice.objects.filter(organisation_id=organisation_id).select_related("step")
    if before is not None:
        invoices = invoices.filter(issued_at__lt=before)
        payments = payments.filter(recorded_at__lt=before)
        notices = notices.filter(created_at__lt=before)
    entries = [_invoice_entry(row) for row in invoices.order_by("-issued_at")[:limit]]
    entries += [_payment_entry(row) for row in payments.order_by("-recorded_at")[:limit]]
    entries += [
        TimelineEntry(
            row.created_at, "money", str(row.step.subject), f"{row.open_amount} {row.currency}"
        )
        for row in notices.order_by("-created_at")[:limit]
    ]
    return entries


def _invoice_entry(row: Invoice) -> TimelineEntry:
    return TimelineEntry(
        row.issued_at or _noon(row.issue_date),
        "money",
        f"{row.get_kind_display()} {row.number}",
        f"{row.gross_amount} {row.currency}, {_t('due')} {row.due_date:%Y-%m-%d}",
        invoice_url(row.pk),
    )


def _payment_entry(row: Payment) -> TimelineEntry:
    return TimelineEntry(
        row.recorded_at,
        "money",
        row.get_kind_display(),
        f"{row.amount} {row.currency}, {row.received_on:%Y-%m-%d}",
        reverse("admin:billing_payment_change", args=[row.pk]),
    )


def head_facts(organisation_id: int, day: date) -> list[HeadFact]:
    """The balance per currency, and what of it is overdue."""
    open_rows = Invoice.objects.open().filter(payer_id=organisation_id)
    balance: dict[str, Decimal] = {}
    overdue = False
    for currency, amount, due in open_rows.values_list("currency", "open_amount", "due_date"):
        balance[currency] = balance.get(currency, Decimal("0.00")) + amount
        overdue = overdue or due < day
    if not balance:
        return [HeadFact(_t("Balance"), _t("nothing open"))]
    url = reverse("admin:billing_invoice_changelist") + f"?payer__id__exact={organisation_id}"
    return [
        HeadFact(_t("Balance"), f"{amount:,.2f} {currency}", url, "alarm" if overdue else "calm")
        for currency, amount in sorted(balance.items())
    ]


def tab_context(organisation_id: int, day: date) -> dict[str, object]:
    """The newest documents of the payer, and where the organisation stands on a lead's invoice."""
    documents = Invoice.objects.issued().filter(payer_id=organisation_id)[:12]
    billed_elsewhere = (
        Invoice.objects.issued()
        .filter(lines__organisation_id=organisation_id)
        .exclude(payer_id=organisation_id)
        .annotate(share=Sum("lines__net_amount", filter=Q(lines__organisation_id=organisation_id)))[
            :6
        ]
    )
    return {
        "documents": [(row, payment_state(row, on=day)) for row in documents],
        "elsewhere": billed_elsewhere,
    }


TAB = OrganisationTab(
    _("Invoices"),  # type: ignore[arg-type]
    "billing.view_invoice",
    "billing/organisation_tab.html",
    tab_context,  # type: ignore[arg-type]
)


def receives(role_code: str, language: str) -> list[str]:
    """What the holder of a duty gets from billing."""
    if not RoleType.objects.filter(code=role_code, bills=True).exists():
        return []
    with override(language):
        return [_t("invoices and reminders")]


def find_invoices(text: str, limit: int) -> list[Hit]:
    wanted = text.strip()
    if not wanted:
        return []
    rows = (
        Invoice.objects.issued()
        .filter(Q(number__istartswith=wanted) | Q(payment_reference__iexact=wanted))
        .select_related("payer")[:limit]
    )
    return [Hit(str(row), f"{row.payer} · {row.gross_amount}", invoice_url(row.pk)) for row in rows]


def payers_by_invoice(text: str) -> QuerySet:
    """Organisation ids by the number or payment reference of an invoice; for the roll's search."""
    rows = Invoice.objects.filter(Q(number__iexact=text) | Q(payment_reference__iexact=text))
    return rows.values_list("payer")


PALETTE = PaletteSource(_("Invoices"), "billing.view_invoice", find_invoices)


MY_INVOICES = MyPage(
    title=_("My invoices"), url_name="billing:my_invoices", shown=holds_billing_duty
)


def _runs(day: date) -> int:
    return BillingRun.objects.filter(
        state__in=[RunState.COMPUTED, RunState.REVIEWED, RunState.APPROVED]
    ).count()


TILES = {
    "runs to finish": Tile(
        _("Billing runs to finish"),
        "billing.view_billingrun",
        _runs,
        lambda: reverse("admin:billing_billingrun_changelist"),
        empty=_("No run is in work."),
        icon="event_repeat",
    ),
    "overdue invoices": Tile(
        _("Overdue invoices"),
        "billing.view_invoice",
        lambda day: Invoice.objects.overdue(on=day).count(),
        lambda: reverse("admin:overdue_desk"),
        tone="alarm",
        empty=_("Everything due is paid."),
        icon="running_with_errors",
    ),
    "reminders due": Tile(
        _("Reminders due"),
        "billing.send_dunningnotice",
        lambda day: len(propose_reminders(on=day)),
        lambda: reverse("admin:overdue_desk"),
        empty=_("No reminder is due."),
        icon="notifications_active",
    ),
    "bank entries": Tile(
        _("Bank entries to match"),
        "billing.match_bankentry",
        lambda day: BankEntry.objects.filter(state=EntryState.OPEN, amount__gt=0).count(),
        lambda: reverse("admin:payment_inbox"),
        empty=_("Every entry is matched."),
        icon="account_balance_wallet",
    ),
    "letters": Tile(
        _("Letters to post"),
        "billing.send_dunningnotice",
        lambda day: count_waiting(),
        lambda: reverse("admin:billing_letters"),
        empty=_("Every invoice and reminder found its reader."),
        icon="mark_as_unread",
    ),
}
