"""Questions that a row of an import leaves to a person, and the answers given to them.

An answer belongs to one row, or to every row of the file that asks the same. It is part of the tested
plan: an answered row says in its reason what was decided.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from backoffice.core.errors import BadInput

# Answers by question. "organisation" asks which one, its answers are the organisations of the row.
SKIP = "skip"
ANSWERS: dict[str, tuple[str, ...]] = {
    "name": ("keep", "rename", SKIP),
    "duty": ("deputy", "take_over", "leave", SKIP),
    # Two rows of one file give the same duty to different people.
    "duty_twice": ("deputy", "leave", SKIP),
    "organisation": (SKIP,),
    "identifier": ("leave", SKIP),
    "membership": ("leave", SKIP),
    "owner": ("leave", SKIP),
}
# Decided row by row only: the organisations to choose from differ.
ROW_BY_ROW = frozenset({"organisation"})
EVERY_ROW = "*"
AS_DECIDED = "as decided: "


class NeedsDecision(BadInput):
    """The row can be used once a person has answered ``question``.

    ``choices``: answers that only this row has, such as the organisations that its name fits.
    ``known``: what the row differs from, as ``contact:12`` or ``organisation:12``.
    """

    def __init__(
        self, message: str, *, question: str, where: str, choices: tuple[str, ...] = (),
        known: str = "",
    ) -> None:  # fmt: skip
        super().__init__(message, code="decision", where=where)
        self.question = question
        self.choices = choices
        self.known = known


class Skipped(BadInput):
    """A person decided that the row is not imported."""


class Decisions:
    """The answers of one import: ``{"*": {question: answer}, "17": {question: answer}}``.

    A row's own answer goes before the one for every row.
    """

    def __init__(self, given: dict[str, dict[str, str]] | None = None) -> None:
        self._given = given or {}
        self._row = ""
        self.used: list[str] = []

    def begin(self, number: int) -> None:
        """The answers asked for from now on are those of this row."""
        self._row, self.used = str(number), []

    def answer(
        self, message: str, *, question: str, where: str, choices: tuple[str, ...] = (),
        known: models.Model | None = None,
    ) -> str:  # fmt: skip
        """What was decided for the row in hand.

        Raises: NeedsDecision when nothing was, or when the answer is none of today's any more;
        Skipped when the row is to be left out.
        """
        every = self._given.get(EVERY_ROW, {}).get(question, "")
        given = self._given.get(self._row, {}).get(question, every)
        if given not in (*choices, *ANSWERS[question]):
            raise NeedsDecision(
                message, question=question, where=where, choices=choices, known=named(known)
            )
        if given == SKIP:
            raise Skipped(f"{AS_DECIDED}not imported. {message}")
        self.used.append(IN_A_REASON.get(given, "this organisation is meant"))
        return given


def named(row: models.Model | None) -> str:
    """``contact:12``; empty for none and for a row that the same file would make."""
    return f"{row._meta.model_name}:{row.pk}" if row is not None and row.pk else ""


IN_A_REASON: dict[str, str] = {
    "keep": "the same person, the known name stays",
    "rename": "the same person, the name of the file",
    "deputy": "becomes deputy",
    "take_over": "takes the duty over",
    "leave": "what is known stays, the rest is applied",
}


def allowed(question: str, answer: str, choices: list[str] | None = None) -> bool:
    """Whether the answer is one of this question's; without ``choices``: for every row."""
    if choices is None:
        return question in ANSWERS and question not in ROW_BY_ROW and answer in ANSWERS[question]
    return question in ANSWERS and answer in (*choices, *ANSWERS[question])


def key_in(text: str, kind: str = "organisation") -> Any:
    """The key in ``organisation:12``, else None."""
    return int(text.partition(":")[2]) if text.startswith(f"{kind}:") else None
