"""The schedules shipped with the product."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from billing.fees.parsing import parse_schedule
from billing.fees.schedule import Schedule, ScheduleError

FOLDER = Path(__file__).resolve().parent.parent / "schedules"


def shipped_codes() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@lru_cache(maxsize=32)
def shipped_schedule(code: str) -> Schedule:
    """The shipped schedule with this code. Raises: ScheduleError when there is none."""
    path = FOLDER / f"{code}.json"
    if code not in shipped_codes():
        raise ScheduleError(
            "schedule", f"{code!r} is unknown; there are {', '.join(shipped_codes())}"
        )
    return parse_schedule(json.loads(path.read_text(encoding="utf-8")))
