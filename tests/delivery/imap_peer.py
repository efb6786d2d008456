"""A mailbox on loopback that speaks the few words of RFC 3501 which a reader needs."""

from __future__ import annotations

import re
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class ImapPeer:
    """``messages`` in the inbox; ``seen`` holds the numbers (from 1) that were marked."""

    messages: list[bytes]
    password: str = "secret"  # noqa: S105
    seen: set[int] = field(default_factory=set)
    hang_up_at: int = 0

    def __enter__(self) -> ImapPeer:
        peer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK peer\r\n")
                while line := self.rfile.readline():
                    tag, _space, words = line.decode().strip().partition(" ")
                    if not peer.answer(self.wfile, tag, words):
                        return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port: int = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)

    def answer(self, out, tag: str, words: str) -> bool:
        """One command; False hangs up."""
        verb = words.upper()
        result = "OK done"
        if verb.startswith("CAPABILITY"):
            out.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif verb.startswith("LOGIN"):
            result = "OK in" if self.password in words else "NO wrong"
        elif verb.startswith("SELECT"):
            out.write(b"* %d EXISTS\r\n" % len(self.messages))
        elif verb.startswith("UID SEARCH"):
            open_ones = [n for n in range(1, len(self.messages) + 1) if n not in self.seen]
            out.write(f"* SEARCH {' '.join(map(str, open_ones))}\r\n".encode())
        elif verb.startswith("UID FETCH"):
            number = int(words.split()[2])
            if number == self.hang_up_at:
                self.hang_up_at = 0
                return False
            raw = self.messages[number - 1]
            out.write(b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n" % (number, number, len(raw)))
            out.write(raw + b")\r\n")
        elif verb.startswith("UID STORE"):
            match = re.match(r"UID STORE (\d+)", verb)
            self.seen.add(int(match[1]) if match else 0)
        out.write(f"{tag} {result}\r\n".encode())
        return not verb.startswith("LOGOUT")
