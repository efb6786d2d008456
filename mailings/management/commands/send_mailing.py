"""`send_mailing ID`: starts a mailing and plans it, or says why it cannot start."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from mailings.enums import MailingState
from mailings.models import Mailing
from mailings.services.sending import plan_mailing, start_mailing


class Command(BaseCommand):
    help = "Start a mailing; the worker or run_deliveries hands it over."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("id", type=int)
        parser.add_argument(
            "--acknowledge-unreached",
            type=int,
            default=0,
            metavar="N",
            help="the number of voting members that a governance mailing does not reach",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        mailing = Mailing.objects.filter(pk=options["id"]).first()
        if mailing is None:
            raise CommandError(f"There is no mailing {options['id']}.")
        actor = Actor.process("send_mailing")
        try:
            if mailing.state != MailingState.PLANNING:
                start_mailing(
                    mailing=mailing,
                    actor=actor,
                    at=dates.now(),
                    on=dates.today(),
                    acknowledged=options["acknowledge_unreached"],
                )
            plan_mailing(mailing=mailing, actor=actor, at=dates.now())
        except RollcallError as error:
            raise CommandError(f"Mailing {mailing.pk} was not started: {error}") from error
        left_out = sum(mailing.left_out.values())
        self.stdout.write(f"Mailing {mailing.pk}: {mailing.planned} planned, {left_out} left out.")
