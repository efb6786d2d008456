"""Loads fee schedules and the dunning ladder of a preset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import combinations
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.dates import Period, last_day
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import write_history
from billing.fees.catalogue import FOLDER, shipped_codes
from billing.fees.parsing import parse_schedule
from billing.fees.schedule import Schedule, ScheduleError
from billing.models import FeeSchedule


def canonical_digest(data: Any) -> str:
    """SHA-256 over the JSON form with sorted keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def load_schedule(*, data: Mapping[str, Any], actor: Actor, publish: bool = True) -> FeeSchedule:
    """Stores one version, which takes the place of the older ones; the same content is a no-op. With
    `publish` False it is a proposal: it can be simulated, and no run bills by it.

    Raises: BadInput naming the faulty field, or for a version older than the current one; RuleBroken
    when the version has been used by a run and the content differs, or when another schedule of the
    agency is valid on some of the same days.
    """
    schedule = parsed(data)
    digest = canonical_digest(data)
    values = {
        "agency": schedule.agency,
        "currency": schedule.currency,
        "valid_from": schedule.valid_from,
        "valid_until": schedule.valid_until,
        "data": data,
        "digest": digest,
        "source": schedule.source[:300],
    }
    try:
        with transaction.atomic():
            return _store(schedule, values, digest, actor, publish)
    except IntegrityError as error:
        if "billing_schedule_no_overlap" not in str(error):
            raise
        raise RuleBroken(_("Another schedule is valid on some of these days.")) from error


def _store(
    schedule: Schedule, values: dict[str, Any], digest: str, actor: Actor, publish: bool
) -> FeeSchedule:
    # SQLite begins the transaction with the write lock; PostgreSQL has the exclusion besides.
    current = list(current_schedules(schedule.agency).select_for_update())
    known = FeeSchedule.objects.filter(code=schedule.code, version=schedule.version).first()
    if known is not None and known.digest == digest and (known.published_at or not publish):
        return known
    if known is not None and known.runs.exists():
        raise RuleBroken(
            _("%(schedule)s has billed a period and cannot change; load a new version.")
            % {"schedule": known}
        )
    if known is not None and known.published_at and not publish:
        raise RuleBroken(
            _("%(schedule)s is published; propose a new version.") % {"schedule": known}
        )
    if publish:
        _make_way(schedule, current, actor)
    if known is None:
        row = FeeSchedule.objects.create(code=schedule.code, version=schedule.version, **values)
    else:
        FeeSchedule.objects.filter(pk=known.pk).update(**values)
        row = known
    if publish:
        FeeSchedule.objects.filter(pk=row.pk).update(published_at=Now())
    row.refresh_from_db()
    if known is not None or publish:
        write_history(row, actor=actor)
    audit.record(
        "fees",
        "load_schedule" if publish else "propose_schedule",
        actor=actor,
        subject=row,
        facts={"digest": digest},
    )
    return row


def current_schedules(agency: str):
    """Published versions that no newer one has replaced."""
    return FeeSchedule.objects.filter(
        agency=agency, superseded_at=None, published_at__isnull=False
    ).order_by("code")


def _make_way(schedule: Schedule, current: Iterable[FeeSchedule], actor: Actor) -> None:
    """Older versions step back. Raises: BadInput for an old version, RuleBroken for an overlap."""
    newer = FeeSchedule.objects.filter(
        code=schedule.code, version__gt=schedule.version, published_at__isnull=False
    ).first()
    if newer is not None:
        raise BadInput(
            _("%(newer)s is loaded already; give the schedule a higher version.")
            % {"newer": newer},
            where="version",
        )
    _refuse_overlap(schedule, current)
    for older in current:
        if older.code == schedule.code and older.version < schedule.version:
            FeeSchedule.objects.filter(pk=older.pk).update(superseded_at=Now())
            older.refresh_from_db()
            write_history(older, actor=actor)


def _refuse_overlap(schedule: Schedule, current: Iterable[FeeSchedule]) -> None:
    own = Period(schedule.valid_from, schedule.valid_until)
    for other in current:
        if other.code == schedule.code:
            continue
        if own.overlaps(Period(other.valid_from, other.valid_until)):
            raise RuleBroken(
                _(
                    "%(other)s is valid from %(from)s to %(to)s, on some of the same days; "
                    "end it first."
                )
                % {
                    "other": other,
                    "from": other.valid_from,
                    "to": last_day(other.valid_until) or "…",
                },
                code="overlap",
            )


def overlaps() -> list[str]:
    """Current schedules of one agency that are valid on the same days; should be empty."""
    found = []
    rows = FeeSchedule.objects.filter(superseded_at=None, published_at__isnull=False).order_by(
        "agency", "valid_from", "pk"
    )
    for first, second in combinations(rows, 2):
        if first.agency == second.agency and Period(first.valid_from, first.valid_until).overlaps(
            Period(second.valid_from, second.valid_until)
        ):
            found.append(f"{first} and {second} are valid on the same days")
    return found


def parsed(data: Mapping[str, Any]) -> Schedule:
    """The schedule in typed form. Raises: BadInput naming the field."""
    try:
        return parse_schedule(data)
    except ScheduleError as error:
        raise BadInput(error.reason, where=error.field, code="schedule") from error


def schedule_named(name: str) -> FeeSchedule:
    """The newest version of a code, or the one of `code@version`. Raises: BadInput."""
    code, _sep, version = name.partition("@")
    rows = FeeSchedule.objects.filter(code=code)
    if version:
        rows = rows.filter(version=int(version) if version.isdigit() else 0)
    else:
        rows = rows.filter(published_at__isnull=False)
    row = rows.order_by("-version").first()
    if row is None:
        known = ", ".join(sorted(set(FeeSchedule.objects.values_list("code", flat=True))))
        raise BadInput(
            _("There is no fee schedule %(name)r. Loaded: %(known)s.")
            % {"name": name, "known": known or _("none")}
        )
    return row


def load_preset_schedules(preset: str, actor: Actor, on: date) -> None:
    """Every shipped schedule of the agency; repeatable."""
    for code in shipped_codes():
        data = json.loads((FOLDER / f"{code}.json").read_text(encoding="utf-8"))
        if data["agency"] == preset:
            load_schedule(data=data, actor=actor)
