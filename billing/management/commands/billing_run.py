"""The yearly act without the web: create, compute, review, approve, issue, close, status."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RollcallError
from billing.enums import RunPurpose, RunState
from billing.management.actors import actor_named
from billing.models import BillingRun, UsageSnapshot
from billing.services.compute import compute_run
from billing.services.runs import approve_run, close_run, create_run, drop_run, review_run
from billing.services.schedules import schedule_named
from billing.services.sealing import sign_and_seal
from billing.services.whole_run import issue_whole_run, run_status

IN_WORK = [s for s in RunState.values if s not in (RunState.CLOSED, RunState.DROPPED)]


class Command(BaseCommand):
    help = "Prepares, approves and issues a billing run."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        create = acts.add_parser("create", help="a draft run; prints its number")
        create.add_argument("--schedule", required=True, help="code, or code@version")
        create.add_argument("--year", type=int, required=True)
        create.add_argument("--purpose", choices=RunPurpose.values, default=RunPurpose.ANNUAL)
        create.add_argument("--quarter", type=int, default=0, choices=range(5))
        create.add_argument("--usage", type=int, help="usage snapshot; default: last year's newest")
        create.add_argument("--seal", action="store_true", help="sign and seal the figures first")
        create.add_argument(
            "--not-compared-because",
            default="sealed on the command line",
            help="with --seal: why they were not compared with the registry",
        )
        create.add_argument("--invoice-date", type=date.fromisoformat)
        create.add_argument("--title", default="")
        for act in ("compute", "review", "approve", "issue", "close", "drop", "status"):
            sub = acts.add_parser(act)
            sub.add_argument("run", type=int, nargs="?", help="default: the one run in work")
            if act == "issue":
                sub.add_argument("--processes", type=int, default=2)
        for sub in acts.choices.values():
            sub.add_argument("--as", dest="email", help="the user who acts (e-mail address)")
            sub.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actor_named(options["email"], "billing_run")
        try:
            run = self._act(options, actor)
        except RollcallError as error:
            raise CommandError(str(error), returncode=2) from error
        status = run_status(run)
        if options["json"]:
            self.stdout.write(json.dumps(status, ensure_ascii=False, indent=1))
            return
        self.stdout.write(
            "run {run} ({title}): {state}; {ready} ready, {issued} issued, {parked} parked, "
            "{nothing} with nothing to bill; {total} {currency}".format(**status)
        )
        if options["act"] in ("compute", "status", "issue"):
            for row in status["parked_members"]:
                self.stdout.write(f"  parked {row['organisation']}: {row['reason']}")

    def _act(self, options: dict[str, Any], actor: Actor) -> BillingRun:
        act = options["act"]
        if act == "create":
            return self._create(options, actor)
        run = named_run(options["run"])
        if act == "compute":
            return compute_run(run=run, actor=actor, at=dates.now())
        if act == "review":
            return review_run(run=run, actor=actor)
        if act == "approve":
            return approve_run(run=run, actor=actor, at=dates.now())
        if act == "issue":
            return issue_whole_run(run=run, actor=actor, processes=options["processes"])
        if act == "close":
            return close_run(run=run, actor=actor)
        return drop_run(run=run, actor=actor) if act == "drop" else run

    def _create(self, options: dict[str, Any], actor: Actor) -> BillingRun:
        schedule = schedule_named(options["schedule"])
        snapshot = self._usage(options, actor)
        return create_run(
            purpose=options["purpose"],
            year=options["year"],
            quarter=options["quarter"],
            schedule=schedule,
            snapshot=snapshot,
            invoice_date=options["invoice_date"] or dates.today(),
            title=options["title"],
            actor=actor,
        )

    def _usage(self, options: dict[str, Any], actor: Actor) -> UsageSnapshot | None:
        registration = options["purpose"] == RunPurpose.REGISTRATION
        year = options["year"] if registration else options["year"] - 1
        rows = UsageSnapshot.objects.order_by("-id")
        rows = rows.filter(pk=options["usage"]) if options["usage"] else rows.filter(year=year)
        snapshot = rows.first()
        if snapshot is None:
            if options["usage"]:
                raise BadInput(f"there is no usage snapshot {options['usage']}")
            return None
        if options["seal"] and snapshot.state != "sealed":
            snapshot = sign_and_seal(
                snapshot=snapshot,
                reason=options["not_compared_because"],
                actor=actor,
                at=dates.now(),
            )
        if snapshot.state != "sealed":
            raise BadInput(
                f"the usage figures {snapshot} are not sealed; look at them, then add --seal"
            )
        return snapshot


def named_run(pk: int | None) -> BillingRun:
    """The run with this number, or the only one in work. Raises: BadInput."""
    if pk is not None:
        run = BillingRun.objects.filter(pk=pk).first()
        if run is None:
            raise BadInput(f"there is no billing run {pk}")
        return run
    rows = list(BillingRun.objects.filter(state__in=IN_WORK)[:2])
    if len(rows) != 1:
        raise BadInput("name the run: there is none, or more than one, in work")
    return rows[0]
