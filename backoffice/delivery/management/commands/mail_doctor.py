"""`mail_doctor`: what stands between our mail and an inbox."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.core import dates
from backoffice.delivery import doctor
from backoffice.delivery.doctor import Finding
from backoffice.delivery.services.mail_check import own_findings, run_doctor


class Command(BaseCommand):
    help = "Check SPF, DKIM, DMARC, footer, base URL and tracking switches; exit 1 on a problem."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--selector", default="", help="DKIM selector of the relay")
        parser.add_argument("--captured", type=Path, help="a message saved behind the relay")
        parser.add_argument("--offline", action="store_true", help="leave the DNS checks out")

    def handle(self, *args: Any, **options: Any) -> None:
        now = dates.now()
        if options["offline"]:
            findings = own_findings(now)
        else:
            run = run_doctor(at=now, selector=options["selector"])
            findings = [Finding(**finding) for finding in run.findings]
        if options["captured"]:
            findings.append(doctor.check_signed_headers(_read(options["captured"])))
        for finding in findings:
            self.stdout.write(f"{finding.level:8} {finding.subject}: {finding.text}")
        if any(finding.level == "problem" for finding in findings):
            raise CommandError("Mail will not arrive everywhere while there are problems.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
