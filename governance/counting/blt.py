"""Ballot files in BLT form, read and written.

Read: the first line holds candidates and seats; then withdrawn candidates as negative numbers and
directives in square brackets (`[tie 3 1 2]`, `[nick a b c]`; others are passed over); then one
line a kind of paper (weight, candidate numbers in order, 0; equal ranks joined by `=`), a line 0,
the quoted names and the quoted title. Text after the title is not part of the format and is
passed over. `#` starts a comment outside quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .ballots import Ballots, Grades, Order
from .errors import MalformedBallots

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')


def read_blt(text: str, *, repeats: str = "drop") -> Ballots:
    """Ballots of a BLT file.

    `repeats` says what becomes of a paper that names a candidate twice: `drop` the later mention,
    `void` the paper, `keep` both, `refuse` the file.

    Raises:
        MalformedBallots: the file breaks the format; the message names the line.
    """
    return _Reader(text, repeats).read()


class _Reader:
    def __init__(self, text: str, repeats: str) -> None:
        self.lines = text.removeprefix("\ufeff").splitlines()
        self.repeats = repeats
        self.at = 0
        self.nicks: dict[str, int] = {}
        self.tie_order: tuple[int, ...] | None = None
        self.withdrawn: set[int] = set()

    def read(self) -> Ballots:
        size, seats = self._head()
        self.nicks = {str(number): number - 1 for number in range(1, size + 1)}
        self._before_papers(size)
        grouped = self._papers()
        orders, grades, void = self._parse(grouped, size)
        names = self._names(size)
        return Ballots(
            candidates=names,
            orders=orders,
            grades=grades,
            seats=seats,
            title=self._title(),
            withdrawn=frozenset(self.withdrawn),
            tie_order=self.tie_order,
            void=void,
        )

    def _next(self, wanted: str) -> str:
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            self.at += 1
            if line and not line.startswith("#"):
                return line
        raise MalformedBallots(f"the file ends where {wanted} should stand", self.at or 1)

    def _fail(self, message: str, line: int | None = None) -> MalformedBallots:
        return MalformedBallots(message, line or self.at)

    def _head(self) -> tuple[int, int]:
        words = self._next("the number of candidates and seats").split("#")[0].split()
        if len(words) != 2 or not all(w.isascii() and w.isdigit() for w in words):
            raise self._fail("the first line must hold two whole numbers, candidates and seats")
        size, seats = int(words[0]), int(words[1])
        if not 1 <= size <= 10_000 or seats < 1:
            raise self._fail("candidates and seats must be at least 1")
        return size, seats

    def _before_papers(self, size: int) -> None:
        while True:
            line = self._next("a ballot")
            if line.startswith("["):
                if not line.endswith("]"):
                    raise self._fail("a directive in square brackets is not closed")
                self._directive(line[1:-1].split(), size)
            elif line.startswith("-"):
                for word in line.split():
                    self.withdrawn.add(self._candidate(word.removeprefix("-")))
            else:
                self.at -= 1
                return

    def _directive(self, words: list[str], size: int) -> None:
        if not words:
            return
        if words[0] == "nick":
            if len(set(words[1:])) != size or len(words) != size + 1:
                raise self._fail(f"the nick directive must give {size} different short names")
            self.nicks |= {nick: place for place, nick in enumerate(words[1:])}
        elif words[0] == "tie":
            order = tuple(self._candidate(word) for word in words[1:])
            if sorted(order) != list(range(size)):
                raise self._fail("the tie directive must name every candidate once")
            self.tie_order = order

    def _candidate(self, word: str, line: int | None = None) -> int:
        try:
            return self.nicks[word]
        except KeyError:
            raise self._fail(f"there is no candidate {word!r}", line) from None

    def _papers(self) -> dict[str, tuple[int, int]]:
        """Text of each kind of paper -> (weight, line where it first stands)."""
        grouped: dict[str, list[int]] = {}
        for at in range(self.at, len(self.lines)):
            head, _, rest = self.lines[at].strip().partition(" ")
            if head == "0" and not rest.strip():
                self.at = at + 1
                return {paper: (found[0], found[1]) for paper, found in grouped.items()}
            try:
                grouped[rest][0] += int(head)
            except KeyError:
                grouped[rest] = [_weight(head, at + 1), at + 1]
            except ValueError:
                if head and not head.startswith("#"):
                    _weight(head, at + 1)
            if head.startswith("-"):
                _weight(head, at + 1)
        raise MalformedBallots("the line 0 that ends the ballots is missing", len(self.lines))

    def _parse(
        self, grouped: dict[str, tuple[int, int]], size: int
    ) -> tuple[dict[Order, int], dict[Grades, int], int]:
        orders: dict[Order, int] = {}
        ties: list[tuple[list[list[int]], int]] = []
        void = 0
        nicks = self.nicks
        for paper, (weight, line) in grouped.items():
            if paper.startswith("#") and not weight:
                continue
            words = paper.split("#")[0].split()
            if not words or words[-1] != "0":
                raise self._fail("a ballot must end with 0", line)
            words.pop()
            if "=" in paper:
                groups = [[self._candidate(w, line) for w in word.split("=")] for word in words]
                ties.append((groups, weight))
                continue
            try:
                order = tuple([nicks[word] for word in words])
            except KeyError:
                order = tuple(self._candidate(word, line) for word in words)
            if len(set(order)) != len(order):
                settled = settle_repeats(order, self.repeats, line)
                if settled is None:
                    void += weight
                    continue
                order = settled
            orders[order] = orders.get(order, 0) + weight
        if not ties:
            return orders, {}, void
        return {}, _with_equal_ranks(orders, ties, size), void

    def _names(self, size: int) -> tuple[str, ...]:
        names: list[str] = []
        for number in range(1, size + 1):
            line = self._next(f"the quoted name of candidate {number}")
            found = _QUOTED.fullmatch(line)
            if not found or not found[1].strip():
                raise self._fail(f"the name of candidate {number} must stand in double quotes")
            names.append(found[1].replace('\\"', '"'))
        if len(set(names)) != size:
            raise self._fail("two candidates have the same name; names must differ")
        return tuple(names)

    def _title(self) -> str:
        try:
            line = self._next("the title")
        except MalformedBallots:
            return ""
        found = _QUOTED.match(line)
        return found[1].replace('\\"', '"') if found else ""


def _weight(word: str, line: int) -> int:
    if not (word.isascii() and word.isdigit()):
        raise MalformedBallots(f"{word!r} is not a number of ballots", line)
    return int(word)


def settle_repeats(order: Order, repeats: str, line: int | None) -> Order | None:
    """A paper that names a candidate twice, put right by the stated rule; `None` voids it."""
    if repeats == "keep":
        return order
    if repeats == "drop":
        return tuple(dict.fromkeys(order))
    if repeats == "void":
        return None
    raise MalformedBallots("a ballot names a candidate twice", line)


def _with_equal_ranks(
    orders: dict[Order, int], ties: Iterable[tuple[list[list[int]], int]], size: int
) -> dict[Grades, int]:
    table: dict[Grades, int] = {}
    rows: list[tuple[list[list[int]], int]] = [([[c] for c in o], w) for o, w in orders.items()]
    for groups, weight in [*rows, *ties]:
        row: list[int | None] = [None] * size
        for rank, group in enumerate(groups, 1):
            for candidate in group:
                if row[candidate] is None:
                    row[candidate] = rank
        key = tuple(row)
        table[key] = table.get(key, 0) + weight
    return table


def write_blt(ballots: Ballots) -> str:
    """`ballots` as BLT, papers sorted by content so that equal ballots give equal bytes."""
    lines = [f"{len(ballots.candidates)} {ballots.seats or 1}"]
    if ballots.withdrawn:
        lines.append(" ".join(f"-{c + 1}" for c in sorted(ballots.withdrawn)))
    rows: list[tuple[str, int]]
    if ballots.grades:
        rows = [(_equal_rank_words(grades), w) for grades, w in ballots.grades.items()]
    else:
        rows = [(" ".join(str(c + 1) for c in order), w) for order, w in ballots.orders.items()]
    lines += [f"{weight} {words} 0" if words else f"{weight} 0" for words, weight in sorted(rows)]
    quoted = [name.replace('"', '\\"') for name in (*ballots.candidates, ballots.title)]
    return "\n".join([*lines, "0", *(f'"{name}"' for name in quoted)]) + "\n"


def _equal_rank_words(grades: Grades) -> str:
    ranks = sorted({g for g in grades if g is not None})
    return " ".join(
        "=".join(str(c + 1) for c, grade in enumerate(grades) if grade == rank) for rank in ranks
    )
