"""The ladder of reminders, computed from what is open on the day, one mail per payer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit, jobs
from backoffice.delivery.enums import MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.services import is_suppressed, queue_message
from billing.enums import StepAct
from billing.models import DunnedInvoice, DunningNotice, DunningStep, Invoice
from billing.services.sending import FAILED_STATES
from billing.services.suspension import suspend_for_arrears
from contacts.models import Agency, Organisation
from contacts.queries import Reachable, duty_holders
from contacts.services.records import open_follow_up

LADDERS = Path(__file__).resolve().parents[1] / "data" / "dunning.json"
REMINDER = "billing.reminder"


def load_preset_ladder(preset: str, actor: Actor, on: date) -> None:
    """The agency's published steps; a step that staff changed stays as it is.

    Source: DataCite member agreement of 2022 and statutes § 6; Crossref billing page.
    """
    steps = json.loads(LADDERS.read_text(encoding="utf-8")).get(preset, [])
    for position, step in enumerate(steps, start=1):
        DunningStep.objects.get_or_create(ladder=preset, position=position, defaults=step)


@dataclass
class Proposal:
    """What would be sent to one payer: the highest step reached, and the items it is about."""

    organisation_id: int
    step: DunningStep
    currency: str
    invoices: list[tuple[Invoice, Decimal, DunningStep]] = field(default_factory=list)

    @property
    def open_amount(self) -> Decimal:
        return sum((amount for _invoice, amount, _step in self.invoices), Decimal("0.00"))


def propose_reminders(*, on: date) -> list[Proposal]:
    """Reminders due on that day, for staff to look at; nothing is written.

    Never for what is paid, credited, disputed, waiting for a purchase order or paused. A step
    happens to an invoice once; an invoice that has missed earlier steps begins with the first.
    """
    steps = list(DunningStep.objects.filter(ladder=ladder(), active=True).order_by("position"))
    if not steps:
        return []
    invoices = list(Invoice.objects.remindable(on=on).order_by("payer_id", "due_date"))
    taken = _taken([invoice.pk for invoice in invoices])
    proposals: dict[tuple[int, str], Proposal] = {}
    for invoice in invoices:
        step = _next_step(invoice, steps, taken.get(invoice.pk, {}), on)
        if step is None:
            continue
        key = (invoice.payer_id, invoice.currency)
        proposal = proposals.setdefault(key, Proposal(invoice.payer_id, step, invoice.currency))
        if step.position > proposal.step.position:
            proposal.step = step
        proposal.invoices.append((invoice, invoice.open_amount, step))
    return list(proposals.values())


def _taken(invoice_ids: list[UUID]) -> dict[UUID, dict[int, date]]:
    """Invoice → position of each step taken → the day."""
    found: dict[UUID, dict[int, date]] = {}
    rows = DunnedInvoice.objects.filter(invoice__in=invoice_ids)
    for pk, position, day in rows.values_list("invoice_id", "step__position", "notice__taken_on"):
        found.setdefault(pk, {})[position] = day
    return found


def _next_step(
    invoice: Invoice, steps: list[DunningStep], taken: dict[int, date], on: date
) -> DunningStep | None:
    """The next rung, if its day has come. Between two rungs lie at least as many days as in the
    ladder, so that a late start does not send two reminders on two days."""
    reached = max(taken, default=0)
    step = next((s for s in steps if s.position > reached), None)
    if step is None or invoice.due_date + timedelta(days=step.days_after_due) > on:
        return None
    before = next((s for s in steps if s.position == reached), None)
    if before is not None:
        gap = timedelta(days=step.days_after_due - before.days_after_due)
        if taken[reached] + gap > on:
            return None
    return step


def ladder() -> str:
    """The agency's ladder, by the name of its preset."""
    agency = Agency.objects.first()
    return agency.preset if agency else ""


def take_step(*, proposal: Proposal, on: date, actor: Actor) -> DunningNotice:
    """Writes the notice, plans its mails or its letter, and does what the step says, in one
    transaction.

    Amounts are read again, so that a payment in the meantime stops the reminder.

    Raises: RuleBroken when nothing is overdue any more; IntegrityError when another worker took the
    same step for an invoice.
    """
    items = _still_due(proposal, on)
    organisation = Organisation.objects.get(pk=proposal.organisation_id)
    people = recipients(proposal, on=on)
    with transaction.atomic():
        notice = DunningNotice.objects.create(
            organisation=organisation,
            step=proposal.step,
            taken_on=on,
            open_amount=sum((amount for _i, amount, _s in items), Decimal("0.00")),
            currency=proposal.currency,
            way=_way(proposal.step, people),
        )
        DunnedInvoice.objects.bulk_create(
            DunnedInvoice(notice=notice, invoice=invoice, step=step, open_amount=amount)
            for invoice, amount, step in items
        )
        for person in people:
            mail(notice, person)
        if notice.way != "mail":
            jobs.enqueue("billing.render_letter", notice.pk)
        _act(notice, organisation, on, actor)
        audit.record(
            "dunning",
            proposal.step.act,
            actor=actor,
            subject=notice,
            facts={
                "step": proposal.step.position,
                "open": notice.open_amount,
                "on": on,
                "way": notice.way,
            },
        )
    return notice


def _still_due(proposal: Proposal, on: date) -> list[tuple[Invoice, Decimal, DunningStep]]:
    still = {
        i.pk: i.open_amount
        for i in Invoice.objects.remindable(on=on).filter(
            pk__in=[invoice.pk for invoice, _amount, _step in proposal.invoices]
        )
    }
    items = [
        (invoice, still[invoice.pk], step)
        for invoice, _amount, step in proposal.invoices
        if invoice.pk in still
    ]
    if not items:
        raise RuleBroken(_("Nothing of this is overdue any more."))
    return items


def _way(step: DunningStep, people: list[Reachable]) -> str:
    if not people:
        return "letter"
    return "both" if step.also_letter else "mail"


def recipients(proposal: Proposal, *, on: date) -> list[Reachable]:
    """The first reachable billing contact, and the first holder of each further role."""
    org = [proposal.organisation_id]
    groups = [duty_holders(on=on, organisation_ids=org, bills=True)]
    if proposal.step.act == StepAct.WARN_ALL:
        groups += [[holder] for holder in duty_holders(on=on, organisation_ids=org)]
    for role in proposal.step.roles:
        groups.append(duty_holders(on=on, organisation_ids=org, role_codes=[role]))
    chosen: dict[str, Reachable] = {}
    for group in groups:
        first = next((h for h in group if may_write(h)), None)
        if first is not None:
            chosen.setdefault(first.address, first)
    return list(chosen.values())


def may_write(holder: Reachable) -> bool:
    """Whether a reminder may go to this person."""
    return not holder.why_not and not is_suppressed(holder.address, mail_class=MailClass.CONTRACT)


def mail(notice: DunningNotice, person: Reachable, attempt: int = 1) -> None:
    """One mail of the notice, in the caller's transaction."""
    suffix = "" if attempt == 1 else f":{attempt}"
    queue_message(
        kind=REMINDER,
        mail_class=MailClass.CONTRACT,
        address=person.address,
        dedupe_key=f"{about(notice)}:{person.contact_id}{suffix}",
        about=about(notice),
        contact_id=person.contact_id,
        organisation_id=notice.organisation_id,
        role_code=person.role_code,
        language=person.language,
    )


def about(notice: DunningNotice) -> str:
    """How deliveries name the notice."""
    return f"billing.dunning:{notice.pk}"


def on_delivery_event(delivery: Delivery, event: object = None) -> None:
    """A reminder that reached nobody goes to the next billing contact, or becomes a letter."""
    if delivery.kind != REMINDER or delivery.state not in FAILED_STATES:
        return
    notice = DunningNotice.objects.filter(pk=delivery.about.partition(":")[2]).first()
    mails = list(Delivery.objects.filter(about=delivery.about, kind=REMINDER))
    if notice is None or any(mail.state not in FAILED_STATES for mail in mails):
        return
    tried = {mail.address for mail in mails}
    holders = duty_holders(
        on=notice.taken_on, organisation_ids=[notice.organisation_id], bills=True
    )
    following = next((h for h in holders if h.address not in tried and may_write(h)), None)
    with transaction.atomic():
        if following is not None:
            mail(notice, following, attempt=len(mails) + 1)
        elif DunningNotice.objects.filter(pk=notice.pk, way="mail").update(way="letter"):
            jobs.enqueue("billing.render_letter", notice.pk)
            audit.record(
                "dunning", "becomes_letter", actor=Actor.process("delivery"), subject=notice
            )


def _act(notice: DunningNotice, organisation: Organisation, on: date, actor: Actor) -> None:
    if notice.step.act == StepAct.SUSPEND:
        suspend_for_arrears(organisation=organisation, on=on, actor=actor)
    elif notice.step.act == StepAct.PROPOSE_REMOVAL:
        open_follow_up(
            code="billing.removal",
            title=f"Put the removal of {organisation} for arrears before the board"[:200],
            organisation=organisation,
            about=f"billing.dunning:{notice.pk}",
            due_on=on + timedelta(days=14),
            actor=actor,
        )
