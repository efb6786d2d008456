"""A name server on loopback that knows a few names: queries over UDP, RFC 1035."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping

import dns.message
import dns.rcode
import dns.rrset


class NameServer:
    """``records``: (name without final dot, type) → lines of a zone file."""

    def __init__(self, records: Mapping[tuple[str, str], list[str]]) -> None:
        self.records = records

    def __enter__(self) -> NameServer:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.socket.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join(timeout=5)
        self.socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self.socket.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query)
            asked = query.question[0]
            kind = dns.rdatatype.to_text(asked.rdtype)
            name = asked.name.to_text(omit_final_dot=True).lower()
            lines = self.records.get((name, kind))
            if lines:
                answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *lines))
            elif not any(known == name for known, _kind in self.records):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.socket.sendto(answer.to_wire(), peer)
