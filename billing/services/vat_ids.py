"""VAT ids of payers abroad: asked, answered, decided by staff. Answers are kept; the newest counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, NotConfigured
from backoffice.core.models import Issuer
from backoffice.core.services import audit
from billing.einvoice.tax import EU_COUNTRIES
from billing.einvoice.vat_id import Answer, VatIdCheck, check_vat_id
from billing.models import VatCheck
from billing.queries import conclusive_vat_checks, newest_vat_checks, vat_ids
from billing.vies import ViesAnswer, ask
from contacts.models import Organisation

#: An enquiry without a clear answer is made again after this; the job runs every hour.
RETRY_AFTER = timedelta(minutes=50)
#: So many ids are asked in one run of the job.
AT_ONCE = 300


@dataclass(frozen=True)
class Position:
    """A VAT id abroad and what is known about it. `state`: valid, invalid, unknown, old, offline,
    malformed or accepted (by staff)."""

    organisation: Organisation
    vat_id: str
    state: str
    check: VatCheck | None
    form: VatIdCheck
    tried: VatCheck | None = None

    @property
    def name_differs(self) -> bool:
        """Whether VIES names the holder otherwise than we do."""
        if self.check is None or not self.check.name:
            return False
        ours, theirs = _words(self.organisation.name), _words(self.check.name)
        return not (ours & theirs)


def _words(text: str) -> set[str]:
    return {word for word in text.casefold().replace("-", " ").split() if len(word) > 3}


def is_online() -> bool:
    """Whether an online answer is asked for; else form and check digits count."""
    return bool(settings.ROLLCALL_VIES_URL)


def answer_holds(check: VatCheck, *, at: datetime) -> bool:
    """Whether an answer is new enough to bill by. Staff's own decision holds until the id changes."""
    if check.source == "staff":
        return True
    return at - check.checked_at <= timedelta(days=settings.ROLLCALL_VAT_DAYS)


def positions(*, at: datetime, organisation_ids: Iterable[int] | None = None) -> list[Position]:
    """Every VAT id of another member state than the seller's, by name of the organisation."""
    home = seller_country()
    organisations = Organisation.objects.filter(
        country__in=EU_COUNTRIES - {home}, identifiers__kind="vat", merged_into__isnull=True
    ).distinct()
    if organisation_ids is not None:
        organisations = organisations.filter(pk__in=list(organisation_ids))
    rows = list(organisations.order_by("name", "pk"))
    keys = [row.pk for row in rows]
    ids, clear, newest = vat_ids(keys), conclusive_vat_checks(keys), newest_vat_checks(keys)
    return [
        _position(row, ids[row.pk], clear.get(row.pk), newest.get(row.pk), at)
        for row in rows
        if row.pk in ids
    ]


def _position(
    row: Organisation, value: str, clear: VatCheck | None, newest: VatCheck | None, at: datetime
) -> Position:
    form = check_vat_id(value, row.country)
    known = clear if clear is not None and clear.vat_id == form.compact else None
    tried = newest if newest is not None and newest.vat_id == form.compact else None
    return Position(row, form.compact, _state(form, known, tried, at), known, form, tried)


def _state(form: VatIdCheck, known: VatCheck | None, tried: VatCheck | None, at: datetime) -> str:
    if known is not None and known.source == "staff":
        return "accepted" if known.answer == Answer.VALID else "invalid"
    if form.answer is Answer.INVALID:
        return "malformed"
    if known is not None:
        if known.answer == Answer.VALID and is_online() and not answer_holds(known, at=at):
            return "old"
        return known.answer
    if is_online() or tried is not None:
        return "unknown"
    return "offline"


def seller_country() -> str:
    """The country of the newest issuer, empty before there is one."""
    issuer = Issuer.objects.order_by("-valid_from").first()
    return issuer.country if issuer else ""


def requester_id() -> str:
    """The agency's own VAT id, with which VIES gives a request identifier."""
    issuer = Issuer.objects.order_by("-valid_from").first()
    return "".join(issuer.vat_id.split()) if issuer else ""


def due_positions(*, at: datetime, organisation_ids: Iterable[int] | None = None) -> list[Position]:
    """What is to be asked now: never answered, answered too long ago, or without a clear answer."""
    due = []
    for position in positions(at=at, organisation_ids=organisation_ids):
        if position.state in ("accepted", "malformed") or (
            position.check is not None and answer_holds(position.check, at=at)
        ):
            continue
        if position.tried is not None and at - position.tried.checked_at < RETRY_AFTER:
            continue
        due.append(position)
    return due


def check_due(
    *,
    actor: Actor,
    clock: Callable[[], datetime],
    organisation_ids: Iterable[int] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, int]:
    """Asks VIES for what is due, country by country; a member state that is down is left for later.

    Raises: NotConfigured without the address of VIES.
    """
    if not is_online():
        raise NotConfigured("ROLLCALL_VIES_URL names no address to ask.")
    counts = {answer.value: 0 for answer in Answer}
    down: set[str] = set()
    due = due_positions(at=clock(), organisation_ids=organisation_ids)
    due.sort(key=lambda p: (p.vat_id[:2], p.organisation.pk))
    requester = requester_id()
    for number, position in enumerate(due[:AT_ONCE], start=1):
        if position.vat_id[:2] in down:
            continue
        answer = ask(settings.ROLLCALL_VIES_URL, position.vat_id, requester)
        if answer.country_is_down:
            down.add(position.vat_id[:2])
        record_answer(position=position, answer=answer, actor=actor, at=clock())
        counts[answer.answer] += 1
        progress(number, min(len(due), AT_ONCE))
    return counts


def record_answer(
    *, position: Position, answer: ViesAnswer, actor: Actor, at: datetime
) -> VatCheck:
    """Keeps one answer, also one that says nothing."""
    with transaction.atomic():
        row = VatCheck.objects.create(
            organisation=position.organisation,
            vat_id=position.vat_id,
            answer=answer.answer,
            source="online",
            request_id=answer.request_id,
            name=answer.name,
            reason=answer.reason[:200],
            checked_at=at,
        )
        audit.record(
            "vat",
            "check",
            actor=actor,
            subject=row,
            facts={"answer": str(answer.answer), "request": answer.request_id},
        )
    return row


def decide_vat_id(
    *, organisation: Organisation, accept: bool, reason: str, actor: Actor, at: datetime
) -> VatCheck:
    """Staff's own decision about the VAT id on file, whatever VIES says; it holds until the id changes.

    Raises: BadInput without a reason or without a VAT id.
    """
    if not reason.strip():
        raise BadInput(_("Say why."))
    value = vat_ids([organisation.pk]).get(organisation.pk, "")
    if not value:
        raise BadInput(_("%(organisation)s has no VAT id.") % {"organisation": organisation})
    with transaction.atomic():
        row = VatCheck.objects.create(
            organisation=organisation,
            vat_id=check_vat_id(value, organisation.country).compact,
            answer=Answer.VALID if accept else Answer.INVALID,
            source="staff",
            reason=reason.strip()[:200],
            checked_at=at,
        )
        audit.record(
            "vat", "accept" if accept else "refuse", actor=actor, subject=row,
            facts={"organisation": organisation.pk},
        )  # fmt: skip
    return row
