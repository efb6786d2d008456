"""Ballots grouped by content: the one input of every counting rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import CountingError

#: Candidate indexes counted from 0, best first. A blank paper is the empty tuple.
Order = tuple[int, ...]
#: One rank a candidate (1 is best, equal ranks are ties), `None` where the voter left it open.
Grades = tuple[int | None, ...]


@dataclass(frozen=True)
class Ballots:
    """Grouped papers with integer weights.

    Exactly one of `orders` and `grades` is filled: `orders` where each paper lists candidates in
    order, `grades` where it gives a rank to each (equal ranks possible). `inactive` is the weight
    of papers that were cast but never reach a candidate (an overvote in the first place).
    """

    candidates: tuple[str, ...]
    orders: Mapping[Order, int] = field(default_factory=dict)
    grades: Mapping[Grades, int] = field(default_factory=dict)
    seats: int | None = None
    title: str = ""
    withdrawn: frozenset[int] = frozenset()
    tie_order: tuple[int, ...] | None = None
    inactive: int = 0
    void: int = 0

    def __post_init__(self) -> None:
        if len(set(self.candidates)) != len(self.candidates):
            raise CountingError("two candidates have the same name; names must differ")
        if self.orders and self.grades:
            raise CountingError("ballots are either orders or ranks in columns, not both")
        weights = [*self.orders.values(), *self.grades.values()]
        if any(isinstance(w, bool) or not isinstance(w, int) or w < 0 for w in weights):
            raise CountingError("a ballot weight must be a whole number, not below zero")

    def as_orders(self) -> dict[Order, int]:
        """Papers as orders of preference, gaps in the ranks closed.

        Raises:
            CountingError: a paper gives two candidates the same rank, which an order cannot hold.
        """
        if not self.grades:
            return dict(self.orders)
        orders: dict[Order, int] = {}
        for grades, weight in self.grades.items():
            ranked = sorted((g, i) for i, g in enumerate(grades) if g is not None)
            if len({g for g, _ in ranked}) != len(ranked):
                raise CountingError(
                    "a ballot gives two candidates the same rank; this rule needs a strict order"
                )
            order = tuple(i for _, i in ranked)
            orders[order] = orders.get(order, 0) + weight
        return orders

    def as_grades(self) -> dict[Grades, int]:
        """Papers as one rank a candidate; candidates a paper does not mention stay `None`."""
        if self.grades:
            return dict(self.grades)
        size = len(self.candidates)
        table: dict[Grades, int] = {}
        for order, weight in self.orders.items():
            row: list[int | None] = [None] * size
            for rank, candidate in enumerate(order, 1):
                if row[candidate] is None:
                    row[candidate] = rank
            key = tuple(row)
            table[key] = table.get(key, 0) + weight
        return table

    def as_marks(self) -> dict[frozenset[int], int]:
        """Papers as sets of crosses. In columns only 1 (a cross) and 0 or empty are allowed.

        Raises:
            CountingError: a column holds another number, so the paper is a ranking, not crosses.
        """
        marks: dict[frozenset[int], int] = {}
        if self.grades:
            for grades, weight in self.grades.items():
                if any(g not in (None, 0, 1) for g in grades):
                    raise CountingError(
                        "this rule takes crosses: a column may hold 1, 0 or nothing"
                    )
                chosen = frozenset(i for i, g in enumerate(grades) if g == 1)
                marks[chosen] = marks.get(chosen, 0) + weight
            return marks
        for order, weight in self.orders.items():
            chosen = frozenset(order)
            marks[chosen] = marks.get(chosen, 0) + weight
        return marks

    @property
    def cast(self) -> int:
        """Weight of all papers, blank, void and inactive ones included."""
        papers = sum(self.orders.values()) + sum(self.grades.values())
        return papers + self.inactive + self.void
