"""Worker processes that print. Imports no Django: each process loads only what printing needs."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess


def new_pool(processes: int = 2) -> ProcessPoolExecutor:
    """Worker processes started afresh: a fork would take the database connection along."""
    return ProcessPoolExecutor(
        max_workers=processes, mp_context=get_context("spawn"), initializer=end_with_parent
    )


def end_with_parent() -> None:
    """Lets a worker process end when its parent was killed; the pool itself would wait for ever."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
