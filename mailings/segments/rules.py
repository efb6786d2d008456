"""The rule tree itself: shape, limits, and the words of each line. No query is made here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import BadInput
from mailings.registry import SEGMENT_FIELDS

GROUPS = ("all", "any")
MOST_LEAVES = 60
DEEPEST = 5
Rule = dict[str, Any]


def check_rule(rule: Rule) -> Rule:
    """The rule, if it has the shape of one.

    Raises: BadInput naming the part that has not.
    """
    if sum(1 for _leaf in leaves(rule)) > MOST_LEAVES:
        raise BadInput(_("A segment has at most %(n)s lines.") % {"n": MOST_LEAVES})
    return rule


def leaves(rule: Rule, depth: int = 0) -> Iterator[Rule]:
    """Every line of the tree, from left to right.

    Raises: BadInput for a node that is no group and no line.
    """
    if depth > DEEPEST:
        raise BadInput(_("A segment is nested too deeply."))
    if not isinstance(rule, dict) or not rule:
        raise BadInput(_("A part of the segment is empty or of the wrong kind."))
    key = next(iter(rule))
    if key in GROUPS and isinstance(rule[key], list):
        for child in rule[key]:
            yield from leaves(child, depth + 1)
    elif key == "not":
        yield from leaves(rule["not"], depth + 1)
    elif {"field", "value"} <= set(rule):
        if rule["field"] not in SEGMENT_FIELDS:
            raise BadInput(
                _("The segment asks for “%(name)s”, which does not exist.")
                % {"name": str(rule["field"])[:40]}
            )
        yield rule
    else:
        raise BadInput(_("“%(key)s” is not a part of a segment.") % {"key": str(key)[:40]})


def words(leaf: Rule) -> str:
    """One line as a person reads it: "Duty: Voting contact"."""
    field = SEGMENT_FIELDS.get(leaf["field"])
    value = str(leaf["value"])
    if field.choices is not None:
        value = str(dict(field.choices()).get(value, value))
    text = f"{field.label}: {value}"
    return _("not %(text)s") % {"text": text} if leaf.get("op") == "is_not" else text
