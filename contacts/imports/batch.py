"""What one import knows and is about to write.

Lives for the whole file, so that a dry run sees what earlier rows would have made. Rows add
instances; the engine flushes a chunk with bulk writes and their history.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from backoffice.core.actor import Actor
from contacts.imports.decisions import Decisions

# Parents before children; the flush and the reversed undo follow it.
ORDER = (
    "organisation", "identifier", "othername", "organisationaddress", "membership", "suspension",
    "organisationlink", "repository", "contact", "contactaddress", "roleassignment",
)  # fmt: skip


@dataclass
class Pending:
    instance: models.Model
    created: bool
    before: dict[str, Any] = field(default_factory=dict)
    # As the row left them: a later row of the same chunk may change the instance again.
    after: dict[str, Any] = field(default_factory=dict)


class Journalled(dict):
    """A dict that can undo what one row wrote into it."""

    def __init__(self) -> None:
        super().__init__()
        self.undo: list[tuple[Any, bool, Any]] = []

    def __setitem__(self, key: Any, value: Any) -> None:
        self.undo.append((key, key in self, self.get(key)))
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        self.undo.append((key, True, self[key]))
        super().__delitem__(key)

    def roll_back(self) -> None:
        for key, was_there, value in reversed(self.undo):
            if was_there:
                super().__setitem__(key, value)
            else:
                super().pop(key, None)
        self.undo = []


class Batch:
    """``create`` and ``change`` collect; ``flush`` writes what was collected since the last one."""

    def __init__(self, *, actor: Actor, on: date, user, options: dict[str, Any]) -> None:
        self.actor = actor
        self.on = on
        self.user = user
        self.options = options
        self.decisions = Decisions(options.get("decisions"))
        # Names the import in the history, so that its own later steps count as nobody's change.
        self.reason: str = options.get("reason", "import")
        # Known objects by key, e.g. known["address"]["a@b.org"] → Contact.
        self.known: dict[str, Journalled] = defaultdict(Journalled)
        # Key groups whose absence in the database has been looked up already.
        self.looked_up: dict[str, set[Any]] = defaultdict(set)
        # Work for the end of the file, e.g. links to leads that come later in it.
        self.later: list[Any] = []
        self._later_mark = 0
        self._pending: list[Pending] = []
        self._row: list[Pending] = []

    def create(self, instance: models.Model) -> Any:
        self._row.append(Pending(instance, created=True))
        return instance

    def change(self, instance: models.Model, values: dict[str, Any]) -> list[str]:
        """Sets what differs on the instance; the names of the fields that changed."""
        before = {
            name: getattr(instance, name)
            for name, value in values.items()
            if getattr(instance, name) != value
        }
        if not before:
            return []
        for name in before:
            setattr(instance, name, values[name])
        if hasattr(instance, "derive"):
            derived = ("name_folded", "region") if hasattr(instance, "region") else ("name_folded",)
            old = {name: getattr(instance, name) for name in derived}
            instance.derive()
            before |= {n: v for n, v in old.items() if getattr(instance, n) != v}
        after = {name: getattr(instance, name) for name in before}
        self._row.append(Pending(instance, created=False, before=before, after=after))
        return list(before)

    def take_row(self) -> list[Pending]:
        """What the row just handled collected; it now belongs to the chunk."""
        row, self._row = self._row, []
        self._pending += row
        for group in self.known.values():
            group.undo = []
        self._later_mark = len(self.later)
        return row

    def drop_row(self) -> None:
        """Forgets a refused row and undoes its changes in memory."""
        for pending in reversed(self._row):
            for name, value in pending.before.items():
                setattr(pending.instance, name, value)
        self._row = []
        for group in self.known.values():
            group.roll_back()
        del self.later[self._later_mark :]

    def flush(self) -> None:
        """Writes the chunk, history included, in the caller's transaction."""
        created: dict[type[models.Model], list[models.Model]] = defaultdict(list)
        changed: dict[type[models.Model], dict[int, Pending]] = defaultdict(dict)
        fields: dict[type[models.Model], set[str]] = defaultdict(set)
        for pending in self._pending:
            model = type(pending.instance)
            if pending.created:
                created[model].append(pending.instance)
            elif not pending.instance._state.adding:
                # A row created earlier in this chunk is written with its latest values anyway.
                changed[model][pending.instance.pk] = pending
                fields[model] |= set(pending.after)
        self._end_duties(changed, fields)
        for model in sorted(created, key=_position):
            for instance in created[model]:
                _fold_names(instance)
            bulk_create_with_history(
                created[model], model, default_user=self.user, default_change_reason=self.reason
            )
        for model in sorted(changed, key=_position):
            self._write_changes(model, changed[model], fields[model])
        self._pending = []

    def _end_duties(
        self, changed: dict[type[models.Model], dict], fields: dict[type[models.Model], set[str]]
    ) -> None:
        """Ended duties go first: the successor's row would be a second open holder."""
        for model in [row for row in changed if row._meta.model_name == "roleassignment"]:
            self._write_changes(model, changed.pop(model), fields[model])

    def _write_changes(self, model: Any, changed: dict[int, Pending], fields: set[str]) -> None:
        rows = [pending.instance for pending in changed.values()]
        if rows:
            bulk_update_with_history(
                rows, model, sorted(fields), default_user=self.user,
                default_change_reason=self.reason,
            )  # fmt: skip

    def forget(self) -> None:
        """Drops the chunk of a dry run."""
        self._pending = []


def _position(model: type[models.Model]) -> int:
    name = model._meta.model_name
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _fold_names(instance: models.Model) -> None:
    from backoffice.core.texts import fold

    if hasattr(instance, "derive"):
        instance.derive()
    elif hasattr(instance, "name_folded"):
        limit = instance._meta.get_field("name_folded").max_length  # type: ignore[union-attr]
        instance.name_folded = fold(instance.name)[:limit]  # type: ignore[attr-defined]
