"""A fast SMTP server on loopback that records what it took over and misbehaves on demand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Taken:
    """One message the sink accepted."""

    sender: str
    recipient: str
    content: bytes


@dataclass
class Sink:
    """``script(recipient)`` names what happens to a message: ok, rcpt450, rcpt550, policy, mail421,
    data451, drop_in_data (before the final dot), drop_after_dot, reject_after_dot, auth."""

    script: Callable[[str], str] = lambda recipient: "ok"
    taken: list[Taken] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)

    def __enter__(self) -> Sink:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.lock = threading.Lock()
        self.open: list[socket.socket] = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        for connection in self.open:
            connection.close()
        self.thread.join(timeout=5)

    def recipients(self) -> list[str]:
        """Whom something was taken over for, in order."""
        return [taken.recipient for taken in self.taken]

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self.server.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._session(connection, stream)
        except OSError:
            return

    def _session(self, connection, stream) -> None:
        say = connection.sendall
        say(b"220 sink\r\n")
        sender, recipient, act = "", "", "ok"
        while line := stream.readline():
            word = line[:4].upper()
            if word in (b"EHLO", b"HELO"):
                say(b"250-sink\r\n250 8BITMIME\r\n")
            elif word == b"MAIL":
                sender = line[line.find(b"<") + 1 : line.rfind(b">")].decode()
                say(b"250 ok\r\n")
            elif word == b"RCPT":
                recipient = line[line.find(b"<") + 1 : line.rfind(b">")].decode()
                act = self._attempt(recipient)
                if act == "mail421":
                    say(b"421 4.3.2 closing\r\n")
                    return
                say(
                    {
                        "rcpt450": b"450 4.2.1 greylisted\r\n",
                        "rcpt550": b"550 5.1.1 no such user\r\n",
                        "policy": b"550 5.7.515 not accepted\r\n",
                    }.get(act, b"250 ok\r\n")
                )
            elif word == b"DATA":
                if act == "data451":
                    say(b"451 4.3.0 later\r\n")
                    continue
                say(b"354 go\r\n")
                if not self._data(connection, stream, sender, recipient, act):
                    return
            elif word == b"QUIT":
                say(b"221 bye\r\n")
                return
            else:
                say(b"250 ok\r\n")

    def _attempt(self, recipient: str) -> str:
        with self.lock:
            self.attempts.append(recipient)
        return self.script(recipient)

    def _data(self, connection, stream, sender: str, recipient: str, act: str) -> bool:
        lines = []
        while (line := stream.readline()) != b".\r\n":
            if not line or act == "drop_in_data":
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        if act == "reject_after_dot":
            connection.sendall(b"554 5.6.0 content refused\r\n")
            return True
        with self.lock:
            self.taken.append(Taken(sender, recipient, b"".join(lines)))
        if act == "drop_after_dot":
            return False
        connection.sendall(b"250 2.0.0 taken\r\n")
        return True
