"""``privacy {open,plan,approve,execute,close,export,replay,scan}``: cases without the web."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from backoffice.core.models import User
from contacts.privacy.enums import CaseKind, CaseState, Channel
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import (
    answer,
    cases,
    execution,
    export,
    journal,
    opening,
    planning,
    replay,
    scan,
)


class Command(BaseCommand):
    help = "Privacy cases without the web. Acts that need a person take --as ADDRESS of a login."

    def add_arguments(self, parser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        one = acts.add_parser("open", help="open a case")
        one.add_argument("kind", choices=[kind for kind in CaseKind.values if kind != "unclear"])
        one.add_argument("address")
        one.add_argument("--received", default="", help="day of the first contact, 2026-11-21")
        for name in ("plan", "approve", "execute", "close", "export"):
            act = acts.add_parser(name)
            act.add_argument("reference")
            act.add_argument("--as", dest="login", default="", help="address of the acting login")
            act.add_argument("--identity-seen", action="store_true",
                             help="plan, export: the identity was shown another way")  # fmt: skip
        again = acts.add_parser("replay", help="erase again after a restore")
        again.add_argument("journal", nargs="?", default="")
        acts.add_parser("scan", help="exit 1 when the term is found").add_argument("term")

    def handle(self, *args, **options) -> None:
        try:
            getattr(self, f"do_{options['act']}")(options)
        except RollcallError as error:
            self.stderr.write(f"privacy: {error}")
            sys.exit(2)

    def _actor(self, options) -> Actor:
        if not options.get("login"):
            return Actor.process("privacy")
        user = User.objects.filter(email=options["login"].lower(), is_active=True).first()
        if user is None:
            raise RollcallError("No active login has this address.")
        return Actor.user(user)

    def _person(self, options) -> Actor:
        """The login that acts; four-eyes and the audit trail need a name."""
        if not options["login"]:
            raise RollcallError(
                f"A person must {options['act']} a case: add --as ADDRESS of a login."
            )
        return self._actor(options)

    def _case(self, options) -> PrivacyCase:
        case = PrivacyCase.objects.filter(reference=options["reference"]).first()
        if case is None:
            raise RollcallError(f"Case {options['reference']} is not known.")
        return case

    def _say(self, case: PrivacyCase) -> None:
        self.stdout.write(f"{case.reference} {case.state} due {case.due_on.isoformat()}")

    def do_open(self, options) -> None:
        from contacts.imports.values import day

        received = day(options["received"], "--received") or dates.today()
        self._say(
            opening.open_case(
                kind=options["kind"], channel=Channel.STAFF, address=options["address"],
                received_on=received, actor=Actor.process("privacy"),
            )
        )  # fmt: skip

    def do_plan(self, options) -> None:
        actor = self._person(options)
        case = self._case(options)
        if case.state == CaseState.RECEIVED and case.contact is None:
            cases.review_without_link(case=case, actor=actor)
        elif options["identity_seen"] and case.state in (
            CaseState.RECEIVED, CaseState.IDENTITY_CHECK,
        ):  # fmt: skip
            cases.identity_seen(case=case, actor=actor)
        planning.plan_case(case=case, on=dates.today(), actor=actor)
        self._say(case)
        for item in case.plan.all():
            until = f" until {item.keep_until}" if item.keep_until else ""
            self.stdout.write(
                f"  {item.model}: {item.rows} {item.action} {item.law}{until}".rstrip()
            )

    def do_approve(self, options) -> None:
        actor = self._person(options)
        self._say(planning.approve_case(case=self._case(options), actor=actor))

    def do_execute(self, options) -> None:
        actor = self._person(options)
        case = self._case(options)
        execution.execute_case(case=case, on=dates.today(), actor=actor)
        self._say(case)
        for hit in case.scan_findings:
            self.stdout.write(f"  left over: {hit['model']}.{hit['field']} {hit['pk']}")

    def do_close(self, options) -> None:
        actor = self._person(options)
        case = self._case(options)
        if case.state == CaseState.PROPAGATING:
            reasons = answer.blocking(case)
            if reasons:
                raise RollcallError("Not yet: " + "; ".join(reasons) + ".")
            case = answer.make_certificate(case_id=case.pk, on=dates.today(), actor=actor)
        self._say(answer.close_case(case=case, actor=actor))

    def do_export(self, options) -> None:
        case = self._case(options)
        if options["identity_seen"] and case.identity_confirmed_at is None:
            cases.identity_seen(case=case, actor=self._person(options))
        data = export.print_export(case=case, on=dates.today(), actor=self._actor(options))
        self.stdout.write(json.dumps(data, ensure_ascii=False, indent=1))

    def do_replay(self, options) -> None:
        path = Path(options["journal"]) if options["journal"] else None
        count = replay.replay(
            journal=journal.read_journal(path), at=dates.now(), actor=Actor.process("privacy")
        )
        self.stdout.write(f"{count} erased again")

    def do_scan(self, options) -> None:
        found = scan.scan_term(options["term"])
        for hit in found:
            self.stdout.write(f"{hit['model']}.{hit['field']} {hit['pk']}")
        if found:
            sys.exit(1)
        self.stdout.write("not found")
