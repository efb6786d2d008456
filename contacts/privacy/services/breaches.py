"""The register of breaches: noticed, assessed, authority and people told or why not, closed.

Source: Art. 33, 34 GDPR; the hours count from the moment somebody became aware.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import models, transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.personal_data import MAP, history_model
from backoffice.core.services import audit
from backoffice.core.services.numbering import next_number
from backoffice.core.transitions import guarded_update, transition
from contacts.privacy.enums import BREACH_TRANSITIONS, BreachState
from contacts.privacy.models import Breach


def stream_of(breach: Breach) -> str:
    return f"breach:{breach.pk}"


def _named(text: str) -> str:
    """Raises: BadInput for an empty text or one with an address: the register names nobody."""
    if not text.strip() or "@" in text:
        raise BadInput("Say it in words, without an address.", code="text")
    return text.strip()


def open_breach(*, summary: str, detected_at: datetime, now: datetime, actor: Actor) -> Breach:
    """Raises: BadInput for a moment to come, or a summary that is empty or holds an address."""
    if detected_at > now:
        raise BadInput("It cannot have been noticed in the future.", where="detected_at")
    with transaction.atomic():
        year = detected_at.year
        breach = Breach.objects.create(
            reference=f"B-{year}-{next_number(f'breach-{year}'):03d}", detected_at=detected_at,
            summary=_named(summary)[:300],
        )  # fmt: skip
        audit.record(stream_of(breach), "open", actor=actor, facts={"detected": detected_at})
    return breach


def assess_breach(
    *,
    breach: Breach,
    categories: Iterable[str],
    people: int | None,
    consequences: str,
    measures: str,
    risk: bool,
    high_risk: bool,
    began_at: datetime | None = None,
    ended_at: datetime | None = None,
    actor: Actor,
) -> Breach:
    """May be repeated until it is closed. Raises: BadInput; InvalidTransition when closed."""
    if high_risk and not risk:
        raise BadInput("A high risk is a risk.", where="risk")
    with transaction.atomic():
        transition(
            breach, to=BreachState.ASSESSED, table=BREACH_TRANSITIONS, actor=actor,
            also={"categories": sorted(categories), "people": people, "risk": risk,
                  "high_risk": high_risk, "consequences": _named(consequences),
                  "measures": _named(measures), "began_at": began_at, "ended_at": ended_at},
        )  # fmt: skip
        audit.record(stream_of(breach), "assess", actor=actor,
                     facts={"people": people, "risk": risk, "high": high_risk})  # fmt: skip
    return breach


def tell_authority(
    *, breach: Breach, at: datetime, reference: str, reason: str, now: datetime, actor: Actor
) -> Breach:
    """The authority was told. Raises: BadInput without a reason when it was late, or before it was
    noticed; InvalidTransition when it was told already."""
    if not breach.detected_at <= at <= now:
        raise BadInput(
            "The authority was told after it was noticed, not in the future.", where="at"
        )
    if at > breach.authority_due_at and not reason.strip():
        raise BadInput("Later than 72 hours: say why (Art. 33 (1) GDPR).", where="reason")
    with transaction.atomic():
        guarded_update(
            breach, expect={"authority_told_at": None, "state": BreachState.ASSESSED},
            set={"authority_told_at": at, "authority_reference": reference.strip()[:80],
                 "authority_reason": reason.strip()[:300]},
            actor=actor,
        )  # fmt: skip
        audit.record(stream_of(breach), "authority_told", actor=actor,
                     facts={"at": at, "late": at > breach.authority_due_at})  # fmt: skip
    return breach


def tell_people(*, breach: Breach, at: datetime | None, reason: str, actor: Actor) -> Breach:
    """People were told, or why not. Raises: BadInput with neither; InvalidTransition otherwise."""
    if at is None:
        reason = _named(reason)
    with transaction.atomic():
        guarded_update(
            breach, expect={"state": BreachState.ASSESSED, "people_told_at": None},
            set={"people_told_at": at, "people_reason": reason.strip()[:300]}, actor=actor,
        )  # fmt: skip
        audit.record(stream_of(breach), "people", actor=actor, facts={"told": at is not None})
    return breach


def close_breach(*, breach: Breach, reason: str, now: datetime, actor: Actor) -> Breach:
    """Closed; ``reason`` says why the authority was not told, where there was no risk.

    Raises: RuleBroken while the authority (risk) or people (high risk) are not told; BadInput without
    the reason.
    """
    if breach.risk and breach.authority_told_at is None:
        raise RuleBroken("There is a risk: the authority is told first.", code="authority")
    if breach.high_risk and breach.people_told_at is None and not breach.people_reason:
        raise RuleBroken("The risk is high: people are told, or the reason why not.", code="people")
    also: dict[str, object] = {"closed_at": now}
    if breach.authority_told_at is None:
        also["authority_reason"] = _named(reason)[:300]
    with transaction.atomic():
        transition(breach, to=BreachState.CLOSED, table=BREACH_TRANSITIONS, actor=actor, also=also)
        audit.record(stream_of(breach), "close", actor=actor)
    return breach


@dataclass(frozen=True)
class Affected:
    """Rows of one model that were written within the time, and the people behind them."""

    model: str
    rows: int
    people: int


def affected(categories: Iterable[str], since: datetime, until: datetime) -> list[Affected]:
    """Who is concerned by kinds of data and time: rows of each model with such data that were
    written or changed from ``since`` to ``until`` (inclusive). Counts only."""
    wanted, found = set(categories), []
    for label, entry in MAP:
        if not wanted & {item.category for item in entry.personal.values()}:
            continue
        model = apps.get_model(label)
        rows = _touched(model, since, until)
        if rows is not None and (count := rows.count()):
            found.append(Affected(label, count, _people(model, rows)))
    return found


def _touched(model: type[models.Model], since: datetime, until: datetime) -> models.QuerySet | None:
    versions = history_model(model)
    if versions is not None:
        within = versions._base_manager.filter(history_date__range=(since, until))
        key = model._meta.pk.attname
        return model._base_manager.filter(pk__in=within.values(key))
    stamps = [field.name for field in model._meta.concrete_fields
              if isinstance(field, models.DateTimeField) and getattr(field, "auto_now_add", False)]  # fmt: skip
    if not stamps:
        return None
    return model._base_manager.filter(**{f"{stamps[0]}__range": (since, until)})


def _people(model: type[models.Model], rows: models.QuerySet) -> int:
    if model._meta.label_lower == "contacts.contact":
        return rows.count()
    columns = {field.attname for field in model._meta.concrete_fields}
    for column in ("contact_id", "contact_ref", "user_id", "address", "sender", "email"):
        if column in columns:
            return rows.exclude(**{f"{column}": None}).values(column).distinct().count()
    return 0
