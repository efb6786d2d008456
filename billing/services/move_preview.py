"""What a move does to the fees: next year's amounts of every payer concerned, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice.core.errors import RollcallError
from billing.enums import SnapshotState
from billing.fees.engine import compute_fees
from billing.fees.members import MemberInput
from billing.models import BilledClaim, FeeSchedule, UsageSnapshot
from billing.queries import member_inputs
from billing.services.purposes import DUES
from billing.services.schedules import current_schedules, parsed
from contacts.models import Agency, MemberType, Organisation
from contacts.registry import MoveTarget


def fees_preview(organisation_id: int, target: MoveTarget, on: date) -> list[str]:
    """Sentences with amounts in the schedule's currency, net. Nothing is written; an invoice that was
    issued does not change."""
    if target.repository is not None:
        return [_("DOIs of the repository count for the new holder from the next usage figures.")]
    year = on.year if (on.month, on.day) == (1, 1) else on.year + 1
    words = _billed_already(organisation_id, on.year, year)
    schedule = _schedule(date(year, 1, 1))
    if schedule is None:
        return [*words, _("No fee schedule is published for %(year)s.") % {"year": year}]
    members = member_inputs(
        year=year, snapshot=_newest_usage(year), until=max(on, date(year, 1, 1))
    )
    moved = [_moved(row, target) if row.id == str(organisation_id) else row for row in members]
    try:
        before, after = (_amounts(schedule, rows, year) for rows in (members, moved))
    except RollcallError as error:
        return [*words, error.message]
    return words + _differences(before, after, year, schedule.currency, organisation_id)


def _billed_already(organisation_id: int, this_year: int, year: int) -> list[str]:
    billed = BilledClaim.objects.filter(
        organisation=organisation_id, year=this_year, purpose="dues", released_at__isnull=True
    )
    if this_year != year and billed.exists():
        return [_("%(year)s is billed already and stays as it is.") % {"year": this_year}]
    return []


def _schedule(day: date) -> FeeSchedule | None:
    agency = Agency.objects.first()
    if agency is None:
        return None
    later = Q(valid_until__isnull=True) | Q(valid_until__gt=day)
    rows = current_schedules(agency.preset).filter(later, valid_from__lte=day)
    return rows.order_by("-valid_from").first()


def _newest_usage(year: int) -> UsageSnapshot | None:
    sealed = UsageSnapshot.objects.filter(state=SnapshotState.SEALED, year__lt=year)
    return sealed.order_by("-year", "-pk").first()


def _moved(row: MemberInput, target: MoveTarget) -> MemberInput:
    """The member as it would be billed after the move."""
    kind = MemberType.objects.get(code=target.member_type)
    lead = str(target.lead) if target.lead and kind.led_by else ""
    return replace(
        row, member_type=kind.code,
        consortium=lead if kind.led_by == "consortium" else "",
        sponsor=lead if kind.led_by == "sponsor" else "",
    )  # fmt: skip


def _amounts(
    schedule: FeeSchedule, members: Sequence[MemberInput], year: int
) -> tuple[dict[int, Decimal], dict[int, str]]:
    result = compute_fees(parsed(schedule.data), members, year, only_codes=DUES)
    totals: dict[int, Decimal] = {}
    for invoice in result.invoices:
        payer = int(invoice.billed_to)
        totals[payer] = totals.get(payer, Decimal("0.00")) + invoice.total
    return totals, {int(parked.member): parked.reason for parked in result.parked}


def _differences(before, after, year: int, currency: str, organisation_id: int) -> list[str]:
    (old, old_parked), (new, new_parked) = before, after
    payers = sorted(pk for pk in {*old, *new} if old.get(pk) != new.get(pk))
    names = Organisation.objects.in_bulk(payers)
    words = [
        _("Fees of %(year)s, %(payer)s: %(old)s → %(new)s %(currency)s.")
        % {"year": year, "payer": names[pk], "old": _text(old.get(pk)), "new": _text(new.get(pk)),
           "currency": currency}
        for pk in payers
    ]  # fmt: skip
    reason = new_parked.get(organisation_id)
    if reason and reason != old_parked.get(organisation_id):
        words.append(_("It could not be billed: %(why)s.") % {"why": reason})
    if not words:
        words.append(_("The fees of %(year)s stay the same.") % {"year": year})
    return words


def _text(amount: Decimal | None) -> str:
    return f"{amount:,.2f}" if amount is not None else "0.00"
