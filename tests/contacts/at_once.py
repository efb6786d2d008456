"""Acts of several threads that start together, each on its own connection."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections

from backoffice.core.errors import RollcallError


def at_once(act: Callable[[], object], count: int = 4) -> tuple[int, list[RollcallError]]:
    """How often ``act`` went through, and the refusals of the others."""
    barrier, done, refused = threading.Barrier(count), [], []

    def work() -> None:
        try:
            barrier.wait()
            done.append(act())
        except RollcallError as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done), refused
