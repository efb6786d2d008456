"""How a script says no: one sentence on stderr and an exit code from sysexits(3)."""

from __future__ import annotations

import sys
from typing import NoReturn

UNAVAILABLE = 69  # something that is needed is not there
CANNOT_CREATE = 73
IO_ERROR = 74


def refuse(sentence: str, code: int = UNAVAILABLE) -> NoReturn:
    """Ends the process with ``sentence`` on stderr."""
    sys.stdout.flush()
    sys.stderr.write(f"rollcall: {sentence}\n")
    raise SystemExit(code)


def say(sentence: str) -> None:
    """A line for the person at the terminal."""
    print(sentence, flush=True)
