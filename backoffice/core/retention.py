"""How long data are kept: rules by name, as the map of personal data names them.

An app registers its rules; ``contacts.privacy`` counts, brakes, honours legal holds and carries them
out every night. A rule without sweeps says why something stays, or what else ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise

from backoffice.core.dates import add_months
from backoffice.core.registry import Registry


@dataclass(frozen=True)
class Sweep:
    """Rows of one model whose time is over on a day (inclusive), and what happens to them.

    ``apply`` is called with some of the due rows, outside a transaction, and must be repeatable; it
    gives back how many were treated. ``None``: the fields go as the map declares. With
    ``for_people`` the rows are only counted: staff look at them.
    """

    label: str
    due: Callable[[date], QuerySet]
    apply: Callable[[QuerySet], int] | None = None
    for_people: bool = False
    # The rows the share for the brake is taken of; all rows of the model when it is not said.
    among: Callable[[], QuerySet] | None = None
    # Whether a large share stops it; not for what ends all the time, such as sessions.
    braked: bool = True
    # Where one model has two sweeps under one rule.
    part: str = ""

    @property
    def model(self) -> type[Model]:
        from django.apps import apps

        return apps.get_model(self.label)

    def all_rows(self) -> QuerySet:
        return self.among() if self.among is not None else self.model._base_manager.all()


@dataclass(frozen=True)
class RetentionRule:
    """``period``: how long, from when; ``ends``: what happens then; ``source``: why so long."""

    period: str | Promise
    ends: str | Promise
    source: str | Promise
    sweeps: tuple[Sweep, ...] = ()


RETENTION: Registry[RetentionRule] = Registry("retention rules")


def deleted(rows: QuerySet) -> int:
    """Deletes the rows, with what hangs on them."""
    count: int = rows.delete()[1].get(rows.model._meta.label, 0)
    return count


def start_of(day: date) -> datetime:
    """Midnight at the start of the day, in the agency's time zone."""
    return timezone.make_aware(datetime.combine(day, time()))


def before(day: date, *, days: int = 0, months: int = 0) -> date:
    """The first day that is not yet so long ago."""
    return add_months(day, -months) - timedelta(days=days)


def instant_before(day: date, *, days: int = 0, months: int = 0) -> datetime:
    """The same as an instant: what happened earlier is due on ``day``."""
    return start_of(before(day, days=days, months=months))
