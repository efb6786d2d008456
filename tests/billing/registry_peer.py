"""A registry on loopback that answers `GET /dois` as the real one does, from a table of counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit


class Registry:
    """`counts`: (symbol in small letters, year) → registrations; `stumbles`: answers of 503 first."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self.asked: list[dict[str, str]] = []
        self.stumbles = 0
        self.shape_broken = False
        self.url = ""

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, object]:
        self.asked.append(query)
        if self.stumbles:
            self.stumbles -= 1
            return 503, {"errors": [{"status": "503"}]}
        key = (query["client-id"], query["registered"])
        if path != "/dois" or query["client-id"] not in {symbol for symbol, _y in self.counts}:
            return 404, {"errors": [{"status": "404", "title": "not found"}]}
        if self.shape_broken:
            return 200, {"data": []}
        return 200, {"data": [], "meta": {"total": self.counts.get(key, 0), "totalPages": 1}}


@contextmanager
def running_registry() -> Iterator[Registry]:
    """The peer for the length of the block; its address is `registry.url`."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            status, body = registry.answer(parts.path, query)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.api+json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    registry.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
