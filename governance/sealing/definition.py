"""What is voted on, as one document whose SHA-256 is the election's id.

Shape (all keys needed unless marked *):

    {"format": "rollcall-definition/1", "title", "kind": "real" | "test",
     "opens", "closes" (instants with offset), "zone",
     "roll": {"record_date"}, "boxes": ["all"] or class codes, "codes": bool,
     "publish": "full" | "totals", "ballot_bytes",
     "proxy"*: true where the paper instructs a proxy holder,
     "receipt_key": hex, "previous"*: id of the election this one follows,
     "merged"*: classes that share the one box because one has fewer than five voters,
     "contests": [{"id", "title", "rule", "seats", "params": {text: text},
                   "classes"*: [class codes that must agree too],
                   "options": [{"id", "name", "statement"*, "photo"*: SHA-256 of what
                                stands beside the name}]}]}
"""

from __future__ import annotations

import re
from typing import Any

from governance.counting import RULES

from .canonical import canonical_bytes
from .errors import SealingError

FORMAT = "rollcall-definition/1"
STEP, LEAST = 64, 256
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
#: Rules whose papers are crosses; all others are orders of preference.
CROSSES = frozenset({"plurality-at-large", "approval", "motion", "majority-runoff"})
_NEEDED = (
    "format title kind opens closes zone roll boxes codes publish ballot_bytes receipt_key contests"
).split()


def most_marks(contest: dict[str, Any]) -> int:
    """How many options one paper may name in this contest."""
    if contest["rule"] in ("motion", "majority-runoff"):
        return 1
    if contest["rule"] == "plurality-at-large":
        return int(contest["seats"])
    return len(contest["options"])


def check_definition(definition: dict[str, Any]) -> None:
    """Refuse a definition that could not be voted on or counted.

    Raises:
        SealingError: the message names the place.
    """
    missing = [key for key in _NEEDED if key not in definition]
    if missing:
        raise SealingError(f"the definition lacks {', '.join(missing)}")
    if definition["format"] != FORMAT:
        raise SealingError(f"the definition is not in the form {FORMAT}")
    if definition["kind"] not in ("real", "test") or definition["publish"] not in (
        "full",
        "totals",
    ):
        raise SealingError("kind is real or test; publish is full or totals")
    _check_ids(definition["boxes"], "boxes")
    if not definition["contests"]:
        raise SealingError("the definition has no contest")
    _check_ids([contest["id"] for contest in definition["contests"]], "contests")
    for contest in definition["contests"]:
        _check_contest(contest, definition["boxes"])
    if definition["ballot_bytes"] != ballot_bytes(definition):
        raise SealingError("ballot_bytes does not fit the contests")


def _check_ids(ids: list[str], where: str) -> None:
    if len(set(ids)) != len(ids) or not ids:
        raise SealingError(f"{where}: ids must be there and differ")
    for one in ids:
        if not _ID.fullmatch(one):
            raise SealingError(f"{where}: {one!r} is no id (small letters, digits, dashes)")


def _check_contest(contest: dict[str, Any], boxes: list[str]) -> None:
    where = f"contest {contest['id']}"
    if contest["rule"] not in RULES:
        raise SealingError(f"{where}: there is no rule {contest['rule']!r}")
    if contest["seats"] < 1:
        raise SealingError(f"{where}: at least one seat")
    _check_ids([option["id"] for option in contest["options"]], where)
    names = [option["name"] for option in contest["options"]]
    if len(set(names)) != len(names) or not all(name.strip() for name in names):
        raise SealingError(f"{where}: names of options must be there and differ")
    if set(contest.get("classes", [])) - set(boxes):
        raise SealingError(f"{where}: a class that must agree needs a box of its own")


def ballot_bytes(definition: dict[str, Any]) -> int:
    """Length to which every ballot is padded: the longest possible one, in steps of 64 bytes."""
    longest = {
        "v": 1,
        "election": "0" * 64,
        "box": max(definition["boxes"], key=len),
        "code": "0" * 40,
        "choices": {
            contest["id"]: sorted((o["id"] for o in contest["options"]), key=len)[
                -most_marks(contest) :
            ]
            for contest in definition["contests"]
        },
    }
    size = len(canonical_bytes(longest)) + 1
    return max(LEAST, -(-size // STEP) * STEP)
