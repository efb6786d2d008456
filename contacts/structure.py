"""Where an organisation stands: what it is part of, what is part of it, several levels."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.models import Organisation

MOST_LEVELS = 12
MOST_ROWS = 200


@dataclass(frozen=True)
class Branch:
    """One organisation below another, with its depth (1: directly below)."""

    organisation: Organisation
    depth: int


def ancestors(organisation: Organisation) -> list[Organisation]:
    """From the top down to the direct parent; stops at a circle."""
    found: list[Organisation] = []
    seen = {organisation.pk}
    parent_id = organisation.parent_id
    while parent_id is not None and parent_id not in seen and len(found) < MOST_LEVELS:
        seen.add(parent_id)
        parent = Organisation.objects.get(pk=parent_id)
        found.append(parent)
        parent_id = parent.parent_id
    return found[::-1]


def descendants(organisation: Organisation) -> list[Branch]:
    """Everything below, in the order of a tree; one query a level, at most 200 rows."""
    children: dict[int, list[Organisation]] = {}
    level, seen, count = [organisation.pk], {organisation.pk}, 0
    for _level in range(MOST_LEVELS):
        rows = Organisation.objects.filter(parent__in=level).exclude(pk__in=seen).order_by("name")
        found = list(rows[: MOST_ROWS - count])
        if not found:
            break
        count += len(found)
        for row in found:
            children.setdefault(row.parent_id, []).append(row)  # type: ignore[arg-type]
        level = [row.pk for row in found]
        seen |= set(level)
    return list(_walk(children, organisation.pk, 1))


def _walk(children: dict[int, list[Organisation]], pk: int, depth: int):
    for row in children.get(pk, []):
        yield Branch(row, depth)
        yield from _walk(children, row.pk, depth + 1)


def makes_a_circle(organisation: Organisation, parent: Organisation) -> bool:
    """Whether ``parent`` is the organisation itself or stands below it."""
    return parent.pk == organisation.pk or organisation.pk in {
        row.pk for row in (*ancestors(parent), parent)
    }
