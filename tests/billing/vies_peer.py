"""VIES on loopback: answers `POST /check-vat-number` as the REST API does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Vies:
    """`holders`: VAT id → name; `down`: member states that do not answer, with VIES's word."""

    def __init__(self) -> None:
        self.holders: dict[str, str] = {}
        self.down: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.raw: bytes | None = None
        self.url = ""

    def answer(self, question: dict[str, str]) -> tuple[int, Any]:
        self.asked.append(question)
        state, number = question["countryCode"], question["vatNumber"]
        if state in self.down:
            return 500, {"actionSucceed": False, "errorWrappers": [{"error": self.down[state]}]}
        name = self.holders.get(state + number)
        body = {
            "countryCode": state, "vatNumber": number, "requestDate": "2023-01-09T09:00:00.000Z",
            "valid": name is not None, "name": name or "---", "address": "---",
            "requestIdentifier": f"WAPIAAAA{len(self.asked):08d}" if "requesterNumber" in question
            else "",
        }  # fmt: skip
        return self.status, body


@contextmanager
def running_vies() -> Iterator[Vies]:
    """The peer for the length of the block; its address is `vies.url`."""
    vies = Vies()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            status, body = vies.answer(json.loads(self.rfile.read(length)))
            content = json.dumps(body).encode() if vies.raw is None else vies.raw
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    vies.url = f"http://127.0.0.1:{server.server_port}/rest-api"
    try:
        yield vies
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
