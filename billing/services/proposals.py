"""Schedules on their way: proposed, given their country bands, published from a day, ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken, Unreadable
from backoffice.core.services import audit
from billing.models import FeeSchedule
from billing.services.schedules import load_schedule, parsed


def propose_schedule(*, content: bytes, file_name: str, actor: Actor) -> FeeSchedule:
    """A proposal from a JSON file. A version that is taken gets the next free number.

    Raises: Unreadable when it is no JSON; BadInput naming the faulty field.
    """
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(
            _("The file is not JSON: %(e)s") % {"e": error}, where=file_name
        ) from error
    if not isinstance(data, dict):
        raise Unreadable(_("The file holds no JSON object."), where=file_name)
    schedule = parsed(data)
    taken = FeeSchedule.objects.filter(code=schedule.code)
    data["version"] = max([0, *taken.values_list("version", flat=True)]) + 1
    return load_schedule(data=data, actor=actor, publish=False)


def propose_bands(
    *, schedule: FeeSchedule, component: str, groups: Sequence[Mapping[str, Any]], actor: Actor
) -> FeeSchedule:
    """A proposal with other country bands for one component: name, amount as text, countries.

    Raises: BadInput naming the band, or for a component without bands.
    """
    data = deepcopy(schedule.data)
    entry = next((c for c in data["components"] if c["key"] == component), None)
    if entry is None or entry["rule"].get("kind") != "country_group":
        raise BadInput(_("%(key)s has no country bands.") % {"key": component}, where="component")
    entry["rule"]["groups"] = [
        {
            "group": str(group["group"]),
            "amount": str(group["amount"]),
            "countries": sorted(set(group["countries"])),
            "mark": "P",
        }
        for group in groups
    ]
    content = json.dumps(data).encode()
    return propose_schedule(content=content, file_name=str(schedule), actor=actor)


def read_bands(text: str) -> list[dict[str, Any]]:
    """Lines of `name; amount; countries` as bands. Raises: BadInput naming the line."""
    bands = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split(";")]
        if len(parts) != 3 or not parts[0]:
            raise BadInput(
                _("Write name; amount; countries."), where=_("line %(n)s") % {"n": number}
            )
        countries = parts[2].replace(",", " ").upper().split()
        bands.append({"group": parts[0], "amount": parts[1], "countries": countries})
    if not bands:
        raise BadInput(_("There is no band."))
    return bands


def publish_schedule(
    *, schedule: FeeSchedule, valid_from: date, actor: Actor, until: date | None = None
) -> FeeSchedule:
    """The proposal becomes current from `valid_from`, up to but not including `until`.

    Raises: InvalidTransition when it is published; RuleBroken when another one is valid then.
    """
    if schedule.published_at is not None:
        raise InvalidTransition(_("This schedule is published already."))
    data = {**schedule.data, "valid_from": valid_from.isoformat()}
    data["valid_until"] = until.isoformat() if until else None
    return load_schedule(data=data, actor=actor)


def end_schedule(*, schedule: FeeSchedule, until: date, actor: Actor) -> FeeSchedule:
    """The schedule is not valid on `until` any more; one that has billed gets a new version.

    Raises: BadInput for a day not after its first; RuleBroken for a proposal, or when a newer version
    is current.
    """
    if schedule.status != "current":
        raise RuleBroken(_("Only a current schedule can be ended."))
    data = {**schedule.data, "valid_until": until.isoformat()}
    if schedule.runs.exists():
        versions = FeeSchedule.objects.filter(code=schedule.code).values_list("version", flat=True)
        data["version"] = max(versions) + 1
    return load_schedule(data=data, actor=actor)


def drop_proposal(*, schedule: FeeSchedule, actor: Actor) -> None:
    """Forgets a proposal that nobody wants. Raises: RuleBroken when it is published."""
    with transaction.atomic():
        row = FeeSchedule.objects.select_for_update().get(pk=schedule.pk)
        if row.published_at is not None:
            raise RuleBroken(_("A published schedule stays."))
        audit.record(
            "fees", "drop_proposal", actor=actor, subject=row, facts={"digest": row.digest}
        )
        row.delete()
