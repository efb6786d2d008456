"""Guarded changes of state: one UPDATE that names the expected old state, with its history row.

``select_for_update`` locks nothing on SQLite, and a check in memory before a save lets two
processes both pass. The guard in the WHERE clause holds on every database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models, transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition

M = TypeVar("M", bound=models.Model)
Table = Mapping[str, frozenset[str]]


def write_history(instance: models.Model, *, actor: Actor, reason: str = "") -> None:
    """Writes the version row that a queryset UPDATE leaves out. No-op without history."""
    manager = getattr(type(instance), "history", None)
    if manager is None:
        return
    manager.bulk_history_create(
        [instance],
        update=True,
        default_user=actor_user(actor),
        default_change_reason=reason or None,
    )


def actor_user(actor: Actor):
    """The user behind the actor for history rows, or None for a process."""
    from backoffice.core.models import User

    return User.objects.filter(pk=actor.user_id).first() if actor.user_id else None


def guarded_update(
    instance: M,
    *,
    expect: Mapping[str, Any],
    set: Mapping[str, Any],  # noqa: A002
    actor: Actor,
    reason: str = "",
) -> M:
    """Changes ``instance`` only if the row still holds ``expect``; refreshes it and adds history.

    Raises: InvalidTransition when the row has meanwhile changed; nothing is written then.
    """
    model = type(instance)
    with transaction.atomic():
        changed = model._base_manager.filter(pk=instance.pk, **expect).update(**set)
        if changed != 1:
            raise InvalidTransition(
                f"{model._meta.verbose_name} {instance.pk} has changed in the meantime; "
                "nothing was done. Reload and look again."
            )
        instance.refresh_from_db()
        write_history(instance, actor=actor, reason=reason)
    return instance


def transition(
    instance: M,
    *,
    to: str,
    table: Table,
    actor: Actor,
    field: str = "state",
    also: Mapping[str, Any] | None = None,
    expect: Mapping[str, Any] | None = None,
    reason: str = "",
) -> M:
    """Moves ``instance.field`` to ``to`` if ``table`` allows it from the state it holds now, and the
    row still holds what else is named in ``expect``.

    Raises: InvalidTransition for a move the table does not list or a row that has moved already.
    """
    current = getattr(instance, field)
    if to not in table.get(current, frozenset()):
        raise InvalidTransition(
            f"{type(instance)._meta.verbose_name} {instance.pk} is “{current}” "
            f"and cannot become “{to}”."
        )
    return guarded_update(
        instance,
        expect={field: current, **(expect or {})},
        set={field: to, **(also or {})},
        actor=actor,
        reason=reason,
    )


def state_constraint(name: str, choices: type[models.TextChoices], field: str = "state"):
    """The CheckConstraint that the stored value is one of the listed states."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": list(choices.values)}), name=name
    )
