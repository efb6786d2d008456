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


#: name → section(since, until): the period is ``[since, until)``. Billing adds fees due and paid.
ASSEMBLY_PACK: Registry[Callable[[date, date], PackSection]] = Registry("assembly pack")
