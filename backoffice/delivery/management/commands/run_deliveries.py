"""`run_deliveries [--once]`: the mail part of the worker by itself."""

from __future__ import annotations

import argparse
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from backoffice.core.tasks import worker_name
from backoffice.delivery.services.engine import Engine
from backoffice.delivery.services.key_rotation import key_problem
from backoffice.delivery.transports.choice import make_transport

IDLE_SECONDS = 0.5


class Command(BaseCommand):
    help = "Hand over what is planned, until stopped; with --once until nothing is due."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing is due")

    def handle(self, *args: Any, **options: Any) -> None:
        if problem := key_problem():
            raise CommandError(problem)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        engine = Engine(worker_name(), make_transport())
        done = 0
        try:
            while not stop.is_set():
                close_old_connections()
                count = engine.round()
                done += count
                if count == 0:
                    if options["once"]:
                        break
                    stop.wait(IDLE_SECONDS)
        finally:
            engine.transport.close()
        self.stdout.write(f"{done} settled.")
