"""A loopback HTTP server around an answering object: for `standin` and for the tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit


class Standin(Protocol):
    """``answer(method, path, query, body, headers)`` → (status, JSON document or None)."""

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: dict[str, str]
    ) -> tuple[int, Any]: ...


def make_server(standin: Standin, port: int) -> ThreadingHTTPServer:
    """Bound to 127.0.0.1; ``port`` 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            typed = str(self.headers.get("Content-Type") or "")
            body = json.loads(raw) if raw and "json" in typed else raw.decode("utf-8", "replace")
            query = dict(parse_qsl(parts.query))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, document = standin.answer(self.command, parts.path, query, body, headers)
            content = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            """Quiet: an address may stand in a query."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


@contextmanager
def serving(standin: Standin) -> Iterator[str]:
    """The address of a stand-in for the length of the block."""
    server = make_server(standin, 0)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
