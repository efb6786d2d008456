"""Plans the mail of an issued document to the billing duty, next deputy, or a letter to print."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.enums import StorageState
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.delivery.enums import MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.services import is_suppressed, queue_message
from billing.models import BillingProfile, Invoice
from contacts.queries import Reachable, billing_holders

KIND = "billing.invoice"
#: States of a delivery that reached nobody; the next person is asked.
FAILED_STATES = ("bounced", "failed", "skipped", "complained")


def about(invoice: Invoice) -> str:
    """How deliveries and audit entries name the document."""
    return f"billing.invoice:{invoice.pk}"


def recipients(invoice: Invoice, *, at: datetime) -> list[Reachable]:
    """Holders of the billing duty who can be reached, holder first, then deputies."""
    day = timezone.localdate(at)
    found: list[Reachable] = []
    for holder in billing_holders(invoice.payer_id, on=day):
        known = {other.address for other in found}
        if holder.why_not or not holder.address or holder.address in known:
            continue
        if not is_suppressed(holder.address, mail_class=MailClass.CONTRACT):
            found.append(holder)
    return found


def plan_mail(*, invoice: Invoice, actor: Actor, at: datetime) -> Delivery | None:
    """One mail to the first reachable holder; None when it must go as a letter.

    Repeatable: a document whose mail is planned is left alone. Raises: RuleBroken before the PDF
    is stored.
    """
    invoice.refresh_from_db(fields=["sent_at", "unsent_reason"])
    if invoice.sent_at or invoice.unsent_reason:
        return None
    document = invoice.document
    if document is None or document.state != StorageState.STORED:
        raise RuleBroken(_("The PDF of %(invoice)s is not stored yet.") % {"invoice": invoice})
    people = recipients(invoice, at=at)
    with transaction.atomic():
        changes = {"sent_at": at} if people else {"unsent_reason": "no_reachable_contact"}
        changed = Invoice.objects.filter(
            pk=invoice.pk, sent_at__isnull=True, unsent_reason=""
        ).update(**changes)
        if not changed or not people:
            return None
        first = _queue(invoice, people[0], attempt=1)
        for copy in people[1:] if len(people) > 1 and _wants_copies(invoice) else ():
            _queue(invoice, copy, attempt=1, copy=True)
        return first


def send_again(*, invoice: Invoice, actor: Actor, at: datetime) -> Delivery | None:
    """Another mail with the same document, to the first holder not yet tried without success.

    None when nobody is left; the document then waits as a letter.
    """
    tried = list(Delivery.objects.filter(about=about(invoice), kind=KIND))
    failed = {d.address for d in tried if d.state in FAILED_STATES}
    people = [p for p in recipients(invoice, at=at) if p.address not in failed]
    with transaction.atomic():
        if not people:
            Invoice.objects.filter(pk=invoice.pk).update(unsent_reason="no_reachable_contact")
            return None
        Invoice.objects.filter(pk=invoice.pk).update(sent_at=at, unsent_reason="")
        delivery = _queue(invoice, people[0], attempt=len(tried) + 1)
        audit.record("invoices", "send_again", actor=actor, subject=invoice)
    return delivery


def _wants_copies(invoice: Invoice) -> bool:
    return BillingProfile.objects.filter(organisation=invoice.payer_id, copy_deputies=True).exists()


def _queue(invoice: Invoice, person: Reachable, *, attempt: int, copy: bool = False) -> Delivery:
    suffix = f":{person.contact_id}" if copy else ""
    return queue_message(
        kind=KIND,
        mail_class=MailClass.CONTRACT,
        address=person.address,
        dedupe_key=f"{about(invoice)}:{attempt}{suffix}",
        about=about(invoice),
        contact_id=person.contact_id,
        organisation_id=invoice.payer_id,
        role_code=person.role_code,
        language=invoice.language,
    )


def on_delivery_event(delivery: Delivery, event: object = None) -> None:
    """A mail with an invoice did not arrive: the next deputy gets it, or it becomes a letter."""
    if delivery.kind != KIND or delivery.state not in FAILED_STATES:
        return
    pk = delivery.about.partition(":")[2]
    invoice = Invoice.objects.filter(pk=pk).first()
    if invoice is None:
        return
    others = Delivery.objects.filter(about=delivery.about, kind=KIND).exclude(pk=delivery.pk)
    if not others.exclude(state__in=FAILED_STATES).exists():
        send_again(invoice=invoice, actor=Actor.process("delivery"), at=timezone.now())
