"""Client of the schematron process; started on first use, restarted when it dies."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from billing.einvoice.schema import SCHEMATRON, rules_file
from billing.einvoice.schematron_server import read_frame, write_frame

#: Only failures with these flags make an invoice invalid.
FATAL = frozenset({"fatal", "error"})
PROJECT = Path(__file__).resolve().parents[2]


class SchematronFailed(RuntimeError):
    """The rules could not be run; the document is then neither valid nor invalid."""


class SchematronClient:
    """One child process; calls are serialised, so any number of threads may share a client."""

    def __init__(self, stylesheet: Path | None = None) -> None:
        self._stylesheet = stylesheet or rules_file(SCHEMATRON)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def check(self, xml: bytes) -> list[str]:
        """Failed rules as sentences. Raises: SchematronFailed."""
        return self.check_many([xml])[0]

    def check_many(self, documents: Sequence[bytes]) -> list[list[str]]:
        """One answer per document, in order. Raises: SchematronFailed."""
        with self._lock:
            return [self._ask(_without_declaration(document)) for document in documents]

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.wait(timeout=10)

    def _ask(self, document: bytes) -> list[str]:
        for attempt in (1, 2):
            process = self._running()
            try:
                write_frame(process.stdin, document)  # type: ignore[arg-type]
                frame = read_frame(process.stdout)  # type: ignore[arg-type]
            except (BrokenPipeError, OSError):
                frame = None
            if frame is not None:
                return _sentences(json.loads(frame))
            self.close()
            if attempt == 2:
                raise SchematronFailed("the schematron process stopped without an answer")
        raise AssertionError("unreachable")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "billing.einvoice.schematron_server", str(self._stylesheet)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=PROJECT,
            )
        return self._process


def _sentences(answer: dict[str, object]) -> list[str]:
    if "error" in answer:
        raise SchematronFailed(str(answer["error"]))
    failed = answer["failed"]
    return [
        f"{rule['id']}: {rule['text']}" if rule["id"] else str(rule["text"])
        for rule in failed  # type: ignore[attr-defined]
        if rule["flag"] in FATAL
    ]


def _without_declaration(xml: bytes) -> bytes:
    """SaxonC takes decoded text, where an encoding declaration would be wrong."""
    return etree.tostring(etree.fromstring(xml), encoding="utf-8")


_shared: SchematronClient | None = None


def shared_client() -> SchematronClient:
    """The one schematron process of this process."""
    global _shared
    if _shared is None:
        _shared = SchematronClient()
        atexit.register(_shared.close)
    return _shared
