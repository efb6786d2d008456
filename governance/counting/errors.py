"""Refusals of the counting package. Every message is fit for staff as it stands."""

from __future__ import annotations


class CountingError(ValueError):
    """The ballots cannot be counted under the chosen rule as asked."""


class MalformedBallots(CountingError):
    """A ballot file breaks its format; `line` counts from 1, `None` means the whole file."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message if line is None else f"line {line}: {message}")
