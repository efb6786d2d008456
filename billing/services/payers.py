"""One payer at the overdue desk: open items, reminders taken, what comes next, and to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.delivery.models import Delivery
from billing.enums import FlagKind
from billing.models import DunningNotice, DunningStep, Invoice, InvoiceFlag
from billing.services.dunning import Proposal, about, ladder, propose_reminders, recipients
from billing.services.flags import set_flag
from contacts.models import Organisation, Suspension
from contacts.queries import Reachable, duty_holders


@dataclass
class Item:
    """An open invoice with its age in days past due (negative before), and the marks that hold."""

    invoice: Invoice
    days: int
    marks: list[InvoiceFlag] = field(default_factory=list)
    taken: list[DunningStep] = field(default_factory=list)


@dataclass
class Payer:
    """Everything about one payer in one currency on a day."""

    organisation: Organisation
    currency: str
    items: list[Item]
    proposal: Proposal | None
    people: list[Reachable]
    unreachable: list[Reachable]
    notices: list[tuple[DunningNotice, list[Delivery]]]
    steps: list[DunningStep]
    suspended_since: date | None

    @property
    def total(self) -> Decimal:
        return sum((_open(item.invoice) for item in self.items), Decimal("0.00"))

    @property
    def overdue(self) -> Decimal:
        return sum((_open(i.invoice) for i in self.items if i.days > 0), Decimal("0.00"))

    @property
    def reached(self) -> int:
        """Position of the highest step taken for an open item, 0 for none."""
        return max((step.position for item in self.items for step in item.taken), default=0)


def _open(invoice: Invoice) -> Decimal:
    return getattr(invoice, "open_amount", Decimal("0.00"))


def payer_on(*, organisation: Organisation, currency: str, on: date) -> Payer:
    """The payer's page of that day; nothing is written."""
    rows = list(
        Invoice.objects.open()
        .filter(payer=organisation, currency=currency)
        .prefetch_related("flags", "dunned__step")
        .order_by("due_date", "number")
    )
    proposal = next(
        (
            p
            for p in propose_reminders(on=on)
            if p.organisation_id == organisation.pk and p.currency == currency
        ),
        None,
    )
    people = recipients(proposal, on=on) if proposal else []
    holders = duty_holders(on=on, organisation_ids=[organisation.pk], bills=True)
    suspension = Suspension.objects.open(on=on).filter(organisation=organisation).first()
    return Payer(
        organisation=organisation,
        currency=currency,
        items=[
            Item(
                row,
                (on - row.due_date).days,
                [flag for flag in row.flags.all() if _holds(flag, on)],
                sorted((d.step for d in row.dunned.all()), key=lambda step: step.position),
            )
            for row in rows
        ],
        proposal=proposal,
        people=people,
        unreachable=[holder for holder in holders if holder.why_not],
        notices=_notices(organisation, currency),
        steps=list(DunningStep.objects.filter(ladder=ladder(), active=True).order_by("position")),
        suspended_since=suspension.valid_from if suspension else None,
    )


def _holds(flag: InvoiceFlag, on: date) -> bool:
    return flag.valid_from <= on and (flag.valid_until is None or flag.valid_until > on)


def _notices(
    organisation: Organisation, currency: str
) -> list[tuple[DunningNotice, list[Delivery]]]:
    rows = list(
        DunningNotice.objects.filter(organisation=organisation, currency=currency)
        .select_related("step", "letter")
        .order_by("-pk")[:20]
    )
    mails: dict[str, list[Delivery]] = {}
    for delivery in Delivery.objects.filter(about__in=[about(row) for row in rows]).order_by("pk"):
        mails.setdefault(delivery.about, []).append(delivery)
    return [(row, mails.get(about(row), [])) for row in rows]


def pause_payer(
    *, payer: Organisation, currency: str, reason: str, on: date, until: date, actor: Actor
) -> int:
    """No reminder of any open item from `on` up to, not including, `until`; the number of items.

    Raises: BadInput without a reason or for a day that is past; RuleBroken when nothing is open, or
    everything is paused already.
    """
    if not reason.strip():
        raise BadInput(_("Say why."))
    if until <= on or until > on + timedelta(days=366):
        raise BadInput(_("A pause ends on a later day, within a year."))
    paused = 0
    rows = Invoice.objects.open().filter(payer=payer, currency=currency)
    for invoice in rows:
        running = invoice.flags.filter(kind=FlagKind.PAUSED)
        if any(_holds(flag, on) for flag in running):
            continue
        set_flag(
            invoice=invoice, kind=FlagKind.PAUSED, reason=reason, on=on, until=until, actor=actor
        )
        paused += 1
    if not paused:
        raise RuleBroken(_("Nothing is open, or everything is paused already."))
    return paused


def following_payer(*, after: Payer, on: date) -> tuple[int, str] | None:
    """Organisation and currency of the next payer with a reminder due, to go through one by one."""
    keys = sorted({(p.organisation_id, p.currency) for p in propose_reminders(on=on)})
    own = (after.organisation.pk, after.currency)
    return next((key for key in keys if key > own), None)
