"""Purchase order numbers: asked by signed link before the invoice is made, answered without login."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import transition, write_history
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services import is_suppressed, queue_message
from billing.enums import ORDER_TRANSITIONS, FlagKind, ItemState, OrderState
from billing.models import BillingProfile, BillingRun, InvoiceFlag, OrderRequest, RunItem
from contacts.models import Organisation
from contacts.queries import Reachable, billing_holders
from contacts.services.records import open_follow_up

KIND = "billing.order_request"


def order_of(profile: BillingProfile | None, year: int) -> str:
    """The purchase order number that holds for the year, empty where there is none."""
    if profile is None or profile.order_valid_for not in (None, year):
        return ""
    return profile.order_reference


def payers_without_order(run: BillingRun) -> list[RunItem]:
    """Ready items of payers who need a purchase order number and have none for the year."""
    rows = RunItem.objects.filter(
        run=run, state=ItemState.READY, payer__purchase_order_needed=True
    ).select_related("payer", "payer__billing_profile")
    found = []
    for row in rows:
        profile = getattr(row.payer, "billing_profile", None)
        if not order_of(profile, run.year):
            found.append(row)
    return found


def ask_for_order(
    *,
    organisation: Organisation,
    year: int,
    actor: Actor,
    at: datetime,
    expected: Decimal | None = None,
    currency: str = "",
) -> OrderRequest:
    """Asks a payer for its order number of the year, by mail to the billing duty.

    Raises: RuleBroken when it was asked already, or when nobody can be reached.
    """
    person = _reachable(organisation, at)
    try:
        with transaction.atomic():
            row = OrderRequest.objects.create(
                organisation=organisation, year=year, asked_at=at, asked_by=str(actor),
                expected_amount=expected, currency=currency,
            )  # fmt: skip
            _mail(row, person, at)
            audit.record(
                "orders", "ask", actor=actor, subject=row,
                facts={"organisation": organisation.pk, "year": year},
            )  # fmt: skip
    except IntegrityError as error:
        raise RuleBroken(
            _("%(o)s was asked for its order number already.") % {"o": organisation}
        ) from error
    return row


def ask_again(*, request: OrderRequest, actor: Actor, at: datetime) -> OrderRequest:
    """Another mail with the same link. Raises: RuleBroken when answered or nobody can be reached."""
    if request.state != OrderState.ASKED:
        raise RuleBroken(_("This was answered already."))
    person = _reachable(request.organisation, at)
    with transaction.atomic():
        _mail(request, person, at)
        audit.record("orders", "ask_again", actor=actor, subject=request)
    return request


def _reachable(organisation: Organisation, at: datetime) -> Reachable:
    holders = billing_holders(organisation.pk, on=at.date())
    for holder in holders:
        if not holder.why_not and not is_suppressed(holder.address, mail_class=MailClass.CONTRACT):
            return holder
    raise RuleBroken(_("No billing contact of %(o)s can be reached by mail.") % {"o": organisation})


def _mail(request: OrderRequest, person: Reachable, at: datetime) -> None:
    count = request.mailed_count + 1
    OrderRequest.objects.filter(pk=request.pk).update(mailed_count=count, mailed_at=at)
    request.refresh_from_db()
    queue_message(
        kind=KIND,
        mail_class=MailClass.CONTRACT,
        address=person.address,
        dedupe_key=f"{about(request)}:{count}",
        about=about(request),
        contact_id=person.contact_id,
        organisation_id=request.organisation_id,
        role_code=person.role_code,
        language=person.language,
    )


def about(request: OrderRequest) -> str:
    """How deliveries name the request."""
    return f"billing.order:{request.pk}"


def ask_run(*, run: BillingRun, actor: Actor, at: datetime) -> tuple[int, list[str]]:
    """Asks every payer of the run who needs an order number; how many, and why others were not."""
    asked, refused = 0, []
    for item in payers_without_order(run):
        try:
            ask_for_order(
                organisation=item.payer, year=run.year, actor=actor, at=at,
                expected=item.gross_amount, currency=run.schedule.currency,
            )  # fmt: skip
            asked += 1
        except RuleBroken as error:
            refused.append(error.message)
    return asked, refused


def answer_order(
    *,
    request: OrderRequest,
    order_reference: str,
    actor: Actor,
    at: datetime,
    buyer_reference: str = "",
    message: str = "",
    not_needed: bool = False,
) -> OrderRequest:
    """The payer's answer; the number is printed on the invoices of that year.

    Where an invoice waits for it already, staff get a task to issue it again.

    Raises: BadInput without a number (unless none is needed); InvalidTransition when closed.
    """
    number = " ".join(order_reference.split())[:60]
    if not number and not not_needed:
        raise BadInput(_("Please give the purchase order number."), where="order_reference")
    with transaction.atomic():
        transition(
            request,
            to=OrderState.ANSWERED,
            table=ORDER_TRANSITIONS,
            actor=actor,
            also={
                "answered_at": at,
                "answered_by": str(actor),
                "order_reference": "" if not_needed else number,
                "buyer_reference": " ".join(buyer_reference.split())[:60],
                "message": message.strip()[:500],
            },
        )
        _take_into_profile(request, not_needed, actor)
        _tell_staff(request, at.date(), actor)
        audit.record("orders", "answer", actor=actor, subject=request, facts={"year": request.year})
    return request


def _take_into_profile(request: OrderRequest, not_needed: bool, actor: Actor) -> None:
    profile, _created = BillingProfile.objects.select_for_update().get_or_create(
        organisation=request.organisation
    )
    profile.order_reference = request.order_reference
    profile.order_valid_for = request.year
    if request.buyer_reference:
        profile.buyer_reference = request.buyer_reference
    fields = ["order_reference", "order_valid_for", "buyer_reference"]
    BillingProfile.objects.filter(pk=profile.pk).update(
        **{name: getattr(profile, name) for name in fields}
    )
    write_history(profile, actor=actor)
    if not_needed and request.organisation.purchase_order_needed:
        organisation = request.organisation
        Organisation.objects.filter(pk=organisation.pk).update(purchase_order_needed=False)
        organisation.refresh_from_db()
        write_history(organisation, actor=actor)


def _tell_staff(request: OrderRequest, on: date, actor: Actor) -> None:
    waiting = InvoiceFlag.objects.filter(
        kind=FlagKind.WAITING_FOR_PO,
        valid_until__isnull=True,
        invoice__payer=request.organisation,
        invoice__state="issued",
    )
    numbers = sorted(str(n) for n in waiting.values_list("invoice__number", flat=True))
    if numbers or request.message:
        what = ", ".join(numbers) if numbers else str(request.year)
        open_follow_up(
            code="billing.order_arrived",
            title=f"Order number of {request.organisation} arrived: issue {what} again"[:200]
            if numbers
            else f"{request.organisation} wrote a message with its order number"[:200],
            organisation=request.organisation,
            about=about(request),
            due_on=on + timedelta(days=7),
            actor=actor,
        )


def close_order(*, request: OrderRequest, actor: Actor) -> OrderRequest:
    """Nothing is expected any more; the link says so."""
    with transaction.atomic():
        transition(request, to=OrderState.CLOSED, table=ORDER_TRANSITIONS, actor=actor)
        audit.record("orders", "close", actor=actor, subject=request)
    return request
