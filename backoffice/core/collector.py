"""The garbage collector during work that builds up hundreds of thousands of objects.

Its full passes go through all of them, again and again: more than half a second each in an import of
34,000 rows, also while the write lock of the database is held.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def collector_on_call() -> Iterator[Callable[[], None]]:
    """No collection by itself inside the block. Yields a function that collects what is young; call it
    between two steps, outside of transactions. Inside another such block it changes nothing more."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield _collect_young
    finally:
        if was_on:
            gc.enable()


def _collect_young() -> None:
    gc.collect(1)
