"""Typed registries: a lower app declares what it needs, backoffice/wiring.py fills it in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from backoffice.core.errors import NotConfigured

T = TypeVar("T")


class Registry(Generic[T]):
    """Entries by name, in the order of registration. A second entry of one name is refused."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> None:
        if name in self._entries and self._entries[name] is not entry:
            raise ValueError(f"{self.title}: {name!r} is registered twice")
        self._entries[name] = entry

    def get(self, name: str) -> T:
        """Raises: NotConfigured when nothing of that name is registered."""
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(sorted(self._entries)) or "none"
            raise NotConfigured(f"{self.title}: {name!r} is not known. Known: {known}.") from None

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return iter(self._entries.items())

    def names(self) -> list[str]:
        return list(self._entries)
