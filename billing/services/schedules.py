"""Loads fee schedules and the dunning ladder of a preset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
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


def load_schedule(*, data: Mapping[str, Any], actor: Actor) -> FeeSchedule:
    """Stores one version; the same content again is a no-op.

    Raises: BadInput naming the faulty field; RuleBroken when the version has been used by a run
    and the content differs.
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
    with transaction.atomic():
        row, created = FeeSchedule.objects.get_or_create(
            code=schedule.code, version=schedule.version, defaults=values
        )
        if not created and row.digest == digest:
            return row
        if not created:
            if row.runs.exists():
                raise RuleBroken(
                    _("%(schedule)s has billed a period and cannot change; load a new version.")
                    % {"schedule": row}
                )
            FeeSchedule.objects.filter(pk=row.pk).update(**values)
            row.refresh_from_db()
            write_history(row, actor=actor)
        audit.record("fees", "load_schedule", actor=actor, subject=row, facts={"digest": digest})
    return row


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
