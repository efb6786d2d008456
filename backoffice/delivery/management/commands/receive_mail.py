"""`receive_mail --recipient ADDRESS < message`: the other end of a pipe in the mail server."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from backoffice.delivery.services.inbound import receive_mail
from backoffice.delivery.services.mailbox import recipient_of

EX_TEMPFAIL = 75  # sysexits.h: the mail server keeps the message and tries again


class Command(BaseCommand):
    help = "Store a message from standard input; exit 75 when the mail server should try again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--recipient", default="", help="envelope recipient; else the headers say it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read()
        if not raw.strip():
            raise CommandError("There is no message on standard input.")
        try:
            receive_mail(raw=raw, recipient=options["recipient"] or recipient_of(raw))
        except DatabaseError as error:
            raise CommandError(
                "The message could not be stored; try again.", returncode=EX_TEMPFAIL
            ) from error
