"""Largest memory of this process and of the processes it starts, while they run.

Not ``ru_maxrss``: Linux carries the high water of a parent over into what it starts.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType


def high_water(pid: int | str = "self") -> int:
    """Largest resident memory of a living process in MB; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    _before, found, after = status.partition("VmHWM:")
    return int(after.split()[0]) // 1024 if found else 0


def children_of(pid: int) -> list[int]:
    """Living processes that ``pid`` or one of its threads started."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in path.read_text(encoding="ascii").split()]
        except OSError:
            continue
    return found


class Watch:
    """``with Watch() as watch: …``; then ``watch.largest`` is the largest child's memory in MB."""

    def __init__(self, every: float = 0.5) -> None:
        self.largest = 0
        self._every, self._over = every, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(self._every):
            self.largest = max([self.largest, *map(high_water, children_of(os.getpid()))])

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
