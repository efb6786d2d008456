"""What one row of an import changed, as it is kept for taking the import back."""

from __future__ import annotations

from typing import Any

from contacts.imports.batch import Pending


def journal_of(pending: list[Pending]) -> list[dict[str, Any]]:
    """In the order of writing: parents before children, created rows without values."""
    return [
        {
            "model": item.instance._meta.label_lower,
            "pk": str(item.instance.pk),
            "created": item.created,
            "before": {name: plain(value) for name, value in item.before.items()},
            "after": {name: plain(value) for name, value in item.after.items()},
        }
        for item in pending
    ]


def plain(value: Any) -> Any:
    """A field's value as JSON holds it; a related row as its key."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(getattr(value, "pk", value))
