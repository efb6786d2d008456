"""`mail_doctor`: what stands between our mail and an inbox."""

from __future__ import annotations

import argparse
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import dns.exception
import dns.resolver
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backoffice.core import dates
from backoffice.core.addresses import domain_of
from backoffice.delivery import doctor
from backoffice.delivery.doctor import Finding
from backoffice.delivery.services.compose import issuer_on


class Command(BaseCommand):
    help = "Check SPF, DKIM, DMARC, footer, base URL and tracking switches; exit 1 on a problem."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--selector", default="", help="DKIM selector of the relay")
        parser.add_argument("--captured", type=Path, help="a message saved behind the relay")
        parser.add_argument("--offline", action="store_true", help="leave the DNS checks out")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = self.own_findings()
        if not options["offline"]:
            findings += self.dns_findings(options["selector"])
        if options["captured"]:
            try:
                findings.append(doctor.check_signed_headers(options["captured"].read_bytes()))
            except OSError as error:
                raise CommandError(
                    f"{options['captured']} cannot be read: {error.strerror}."
                ) from error
        for finding in findings:
            self.stdout.write(f"{finding.level:8} {finding.subject}: {finding.text}")
        if any(finding.level == "problem" for finding in findings):
            raise CommandError("Mail will not arrive everywhere while there are problems.")

    def own_findings(self) -> list[Finding]:
        """Settings and the issuer's row."""
        issuer = issuer_on(dates.now())
        complete = issuer is not None and all((issuer.legal_name, issuer.street, issuer.city))
        https = settings.ROLLCALL_BASE_URL.startswith("https://")
        return [
            Finding("ok" if https else "problem", "Base URL", settings.ROLLCALL_BASE_URL),
            Finding(
                "ok" if complete else "problem",
                "Postal address in the footer",
                str(issuer) if issuer else "no issuer is set up",
            ),
            Finding(
                "ok" if settings.ROLLCALL_TRANSPORT != "outbox" else "warning",
                "Transport",
                settings.ROLLCALL_TRANSPORT,
            ),
            Finding(
                "ok" if settings.ROLLCALL_WEBHOOK_SECRET else "warning",
                "Bounces by webhook",
                "a secret is set" if settings.ROLLCALL_WEBHOOK_SECRET else "not set up",
            ),
            Finding("ok", "Tracking", "opens and clicks are not recorded by this product; switch "
                    "them off at the provider too"),
        ]  # fmt: skip

    def dns_findings(self, selector: str) -> list[Finding]:
        """What the DNS says about the sender's domains."""
        sender = domain_of(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
        envelope = settings.ROLLCALL_INBOUND_DOMAIN
        findings = [
            doctor.check_spf(envelope, lookup),
            doctor.check_dmarc(sender, lookup),
            doctor.check_alignment(sender, envelope),
        ]
        if selector:
            findings.append(doctor.check_dkim(sender, selector, lookup))
        return findings


def lookup(name: str) -> list[str]:
    """TXT records of a name; none when it does not exist.

    Raises: CommandError when no name server answers.
    """
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=5)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise CommandError(
            f"No name server answered for {name}; use --offline to leave these checks out."
        ) from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
