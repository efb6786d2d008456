"""Refusals of the sealing package, in words for tellers and staff."""

from __future__ import annotations


class SealingError(ValueError):
    """Something handed in does not fit the election; nothing was done."""


class WrongShare(SealingError):
    """The shares do not join to the key of this election."""
