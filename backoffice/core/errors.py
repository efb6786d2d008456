"""Errors with a stable code and a sentence for staff. Other programs may rely on the codes."""

from __future__ import annotations


class RollcallError(Exception):
    """A refusal. ``code`` is stable, ``message`` is for people, ``where`` names the row or field."""

    default_code = "refused"

    def __init__(self, message: str, *, code: str = "", where: str = "") -> None:
        self.code = code or self.default_code
        self.message = str(message)
        self.where = where
        super().__init__(f"{where}: {self.message}" if where else self.message)


class BadInput(RollcallError):
    """What was given cannot be used."""

    default_code = "bad_input"


class Unreadable(BadInput):
    """A file cannot be read at all; nothing of it was taken."""

    default_code = "unreadable"


class InvalidTransition(RollcallError):
    """The object is not (or no longer) in the state the operation needs; nothing was changed."""

    default_code = "invalid_transition"


class RuleBroken(RollcallError):
    """A rule of the agency, the statutes or the law forbids it."""

    default_code = "rule_broken"


class NotAllowed(RollcallError):
    """The actor may not do this."""

    default_code = "not_allowed"


class NotConfigured(RollcallError):
    """Something the operation needs is not set up; the message says what and where."""

    default_code = "not_configured"
