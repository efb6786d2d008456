"""Lines that settle corrected usage of a period that was billed. Pure, like the engine.

The period is computed twice from the inputs of its run, with the figures so far and with the right ones,
under the schedule version that billed it. What differs, component by component, is billed or credited;
so a cap that binds either way leaves nothing to settle.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.fees.charges import Charge
from billing.fees.engine import FeeResult, compute_fees
from billing.fees.explanation import Explanation
from billing.fees.members import MemberInput, Registration
from billing.fees.schedule import Schedule

PREFIX = {"en": "Correction for {period}: ", "de": "Korrektur für {period}: "}


@dataclass(frozen=True, slots=True)
class Recount:
    """The figure of a member changes by `change`; `type` and `vintage` for registrations."""

    id: int
    member: str
    change: int
    type: str = ""
    vintage: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """`charges` by payer; `no_effect` holds recounts that change no amount, `blocked` those whose
    payer cannot be priced with the right figure, with the reason."""

    charges: dict[str, tuple[Charge, ...]]
    no_effect: tuple[int, ...]
    blocked: dict[int, str]


def settle_recounts(
    schedule: Schedule,
    members: Sequence[MemberInput],
    year: int,
    recounts: Sequence[Recount],
    *,
    settled: Sequence[Recount] = (),
    only_codes: Collection[str] | None = None,
    period: str = "",
) -> Settlement:
    """The difference that `recounts` make to what was billed, `settled` ones included in it."""
    billed = recounted(members, settled)
    before = compute_fees(schedule, billed, year, only_codes=only_codes)
    after = compute_fees(schedule, recounted(billed, recounts), year, only_codes=only_codes)
    payers = _payers(before) | _payers(after)
    parked = {p.member: p.reason for p in after.parked}
    by_payer: dict[str, list[Recount]] = {}
    blocked: dict[int, str] = {}
    for recount in recounts:
        payer = payers.get(recount.member)
        if recount.member in parked or payer is None:
            blocked[recount.id] = parked.get(recount.member, "was not billed for that period")
        else:
            by_payer.setdefault(payer, []).append(recount)
    charges: dict[str, tuple[Charge, ...]] = {}
    no_effect: list[int] = []
    for payer, own in by_payer.items():
        lines = _differences(before, after, payer, own, period or str(year))
        if sum((line.amount for line in lines), Decimal(0)):
            charges[payer] = lines
        else:
            no_effect += [recount.id for recount in own]
    return Settlement(charges, tuple(sorted(no_effect)), blocked)


def recounted(members: Sequence[MemberInput], recounts: Sequence[Recount]) -> list[MemberInput]:
    """The members with the changed figures. A first year stays billed by its estimate."""
    changes: dict[str, list[Recount]] = {}
    for recount in recounts:
        changes.setdefault(recount.member, []).append(recount)
    return [_recounted(member, changes.get(member.id, [])) for member in members]


def _recounted(member: MemberInput, changes: Sequence[Recount]) -> MemberInput:
    for change in changes:
        dois = max(0, (member.dois or 0) + change.change)
        member = replace(member, dois=dois, registrations=_registrations(member, change))
    return member


def _registrations(member: MemberInput, change: Recount) -> tuple[Registration, ...]:
    if not change.type:
        return member.registrations
    vintage = change.vintage or "current"
    counts = {(r.type, r.vintage): r.count for r in member.registrations}
    key = (change.type, vintage)
    counts[key] = max(0, counts.get(key, 0) + change.change)
    return tuple(Registration(kind, of, count) for (kind, of), count in sorted(counts.items()))


def _payers(result: FeeResult) -> dict[str, str]:
    return {line.member: invoice.billed_to for invoice in result.invoices for line in invoice.lines}


Key = tuple[str, str, str]


def _by_key(result: FeeResult, payer: str) -> dict[Key, list[Charge]]:
    found: dict[Key, list[Charge]] = {}
    for invoice in result.invoices:
        if invoice.billed_to == payer:
            for line in invoice.lines:
                found.setdefault((line.member, line.component, _kind(line)), []).append(line)
    return found


def _kind(line: Charge) -> str:
    inputs = line.explanation.inputs
    return ":".join(inputs[key] for key in ("type", "vintage") if key in inputs)


def _differences(
    before: FeeResult, after: FeeResult, payer: str, recounts: Sequence[Recount], period: str
) -> tuple[Charge, ...]:
    old, new = _by_key(before, payer), _by_key(after, payer)
    ids = tuple(sorted(recount.id for recount in recounts))
    lines = []
    for key in dict.fromkeys([*old, *new]):
        billed = sum((line.amount for line in old.get(key, [])), Decimal("0.00"))
        due = sum((line.amount for line in new.get(key, [])), Decimal("0.00"))
        if billed != due:
            lines.append(_line(old.get(key, []), new.get(key, []), billed, due, ids, period))
    return tuple(lines)


def _line(
    old: Sequence[Charge],
    new: Sequence[Charge],
    billed: Decimal,
    due: Decimal,
    ids: tuple[int, ...],
    period: str,
) -> Charge:
    model = (new or old)[-1]
    difference = due - billed
    was = dict(old[-1].explanation.inputs) if old else {}
    now = dict(new[-1].explanation.inputs) if new else {}
    measure = next((m for m in ("dois", "count") if m in now or m in was), "")
    steps: list[dict[str, str]] = []
    if measure:
        steps.append(
            {"step": "recount", "from": was.get(measure, "0"), "to": now.get(measure, "0")}
        )
    steps.append(
        {"step": "difference", "due": str(due), "billed": str(billed), "result": str(difference)}
    )
    labels = {
        language: PREFIX[language].format(period=period) + text
        for language, text in model.explanation.labels.items()
        if language in PREFIX
    }
    explanation = Explanation(
        rule=model.explanation.rule,
        code=model.code,
        labels=labels,
        schedule=model.explanation.schedule,
        version=model.explanation.version,
        # The kind keeps the lines of several content types apart where they are claimed.
        inputs=now | {"corrects": ",".join(map(str, ids)), "period": period},
        steps=tuple(steps),
        unrounded=str(difference),
        rounded=str(difference),
        marks=model.explanation.marks,
    )
    return replace(
        model,
        # EN 16931 allows no negative price, so a credit has a negative quantity.
        quantity=Decimal(1 if difference > 0 else -1),
        unit_price=abs(difference),
        amount=difference,
        explanation=explanation,
        corrects=ids,
    )
