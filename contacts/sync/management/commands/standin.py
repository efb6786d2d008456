"""`standin {salesforce,registry}`: a loopback stand-in of the other side, to try the sync with."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from contacts.sync.standins.registry import filled
from contacts.sync.standins.salesforce import SalesforceStandin
from contacts.sync.standins.server import make_server

HINTS = {
    "salesforce": "ROLLCALL_SALESFORCE_STANDIN={url} ROLLCALL_SALESFORCE_DOMAIN=standin.my "
                  "ROLLCALL_SALESFORCE_KEY=key ROLLCALL_SALESFORCE_SECRET=secret",
    "registry": "ROLLCALL_REGISTRY_URL={url}",
}  # fmt: skip


class Command(BaseCommand):
    help = "Answers as Salesforce or the registry would, on 127.0.0.1, from memory, until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("system", choices=sorted(HINTS))
        parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
        parser.add_argument("--records", type=int, default=100, help="members of the registry")

    def handle(self, *args: Any, **options: Any) -> None:
        system = options["system"]
        standin = SalesforceStandin() if system == "salesforce" else filled(options["records"])
        server = make_server(standin, options["port"])
        url = f"http://127.0.0.1:{server.server_port}"
        self.stdout.write(f"{system} stands at {url}")
        self.stdout.write("Settings: " + HINTS[system].format(url=url))
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()
