"""Runs tasks, schedule and deliveries until it is told to stop."""

from __future__ import annotations

import signal
import threading

from django.core.management.base import BaseCommand, CommandError

from backoffice.core.restores import restore_pending
from backoffice.core.services.worker import START_CHECKS, run_forever, wait_idle
from backoffice.core.tasks import set_worker_name, worker_name


class Command(BaseCommand):
    help = "Runs background tasks, the schedule and deliveries. SIGTERM ends it after the task in hand."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--until-idle", action="store_true", help="stop when nothing is left")
        parser.add_argument("--name", default="", help="name of this worker")

    def handle(self, *args, **options) -> None:
        if restore_pending():
            raise CommandError("A backup was restored. Run first: manage.py privacy replay")
        for _name, check in START_CHECKS:
            if problem := check():
                raise CommandError(problem)
        if options["name"]:
            set_worker_name(options["name"])
        if options["until_idle"]:
            wait_idle(worker_name(), seconds=24 * 3600)
            return
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        self.stderr.write(f"worker {worker_name()} started")
        run_forever(worker_name(), stop)
