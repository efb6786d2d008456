"""What other apps plug into governance: sections of the assembly pack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from backoffice.core.registry import Registry


@dataclass(frozen=True)
class PackSection:
    """One table of the assembly pack; cells are text or numbers, totals included by the maker."""

    title: str
    headings: list[str]
    rows: list[list[str | int]] = field(default_factory=list)
    note: str = ""
    # Address of the list behind each row, in the order of the rows; empty where there is none.
    links: list[str] = field(default_factory=list)

    @property
    def linked_rows(self) -> list[tuple[str, str | int, list[str | int]]]:
        """Address, first cell and the other cells of each row."""
        links = [*self.links, *[""] * (len(self.rows) - len(self.links))]
        return [(link, row[0], row[1:]) for link, row in zip(links, self.rows, strict=True)]


#: name → section(since, until): the period is ``[since, until)``. Billing adds fees due and paid.
ASSEMBLY_PACK: Registry[Callable[[date, date], PackSection]] = Registry("assembly pack")
