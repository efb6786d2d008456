"""mail_doctor: gathers what stands between our mail and an inbox, and keeps it."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from email.utils import parseaddr

import dns.exception
import dns.resolver
import dns.reversename
from django.conf import settings

from backoffice.core.addresses import domain_of
from backoffice.core.errors import Unreadable
from backoffice.delivery import doctor
from backoffice.delivery.doctor import Finding
from backoffice.delivery.models import DoctorRun
from backoffice.delivery.services.compose import issuer_on

FRESH = timedelta(days=7)
LIFETIME = 5  # seconds per look-up


def run_doctor(*, at: datetime, selector: str = "") -> DoctorRun:
    """Checks settings and DNS and stores the result; the last fifty runs are kept."""
    findings = own_findings(at)
    try:
        findings += dns_findings(selector)
    except Unreadable as error:
        findings.append(Finding("problem", "DNS", error.message))
    run = DoctorRun.objects.create(
        at=at,
        findings=[{"level": f.level, "subject": f.subject, "text": f.text} for f in findings],
        problems=sum(finding.level == "problem" for finding in findings),
    )
    old = DoctorRun.objects.order_by("-at").values_list("pk", flat=True)[50:]
    DoctorRun.objects.filter(pk__in=list(old)).delete()
    return run


def problems_now(*, at: datetime) -> list[str]:
    """What is red: the last check of the past seven days, and that there is one. Nothing leaves
    through the outbox, so nothing can be wrong there."""
    if settings.ROLLCALL_TRANSPORT == "outbox":
        return []
    run = DoctorRun.objects.filter(at__gte=at - FRESH).first()
    if run is None:
        return ["the set-up has not been checked in the last seven days (mail_doctor)"]
    red = [finding for finding in run.findings if finding["level"] == "problem"]
    return [f"{finding['subject']}: {finding['text']}" for finding in red]


def own_findings(at: datetime) -> list[Finding]:
    """Settings and the issuer's row."""
    issuer = issuer_on(at)
    complete = issuer is not None and all((issuer.legal_name, issuer.street, issuer.city))
    https = settings.ROLLCALL_BASE_URL.startswith("https://")
    transport = settings.ROLLCALL_TRANSPORT
    return [
        Finding("ok" if https else "problem", "Base URL", settings.ROLLCALL_BASE_URL),
        Finding(
            "ok" if complete else "problem",
            "Postal address in the footer",
            str(issuer) if issuer else "no issuer is set up",
        ),
        Finding("ok" if transport != "outbox" else "warning", "Transport", transport),
        Finding("ok" if comes_back() else "warning", "Bounces", comes_back() or "not set up"),
        doctor.check_tracking(transport, settings.ROLLCALL_TRACKING_OFF),
    ]


def comes_back() -> str:
    """How bounces reach us, in words; empty when they do not."""
    ways = []
    if settings.ROLLCALL_WEBHOOK_SECRET:
        ways.append("webhook")
    if settings.ROLLCALL_IMAP_HOST:
        ways.append(f"mailbox at {settings.ROLLCALL_IMAP_HOST}")
    return ", ".join(ways)


def dns_findings(selector: str) -> list[Finding]:
    """What the DNS says about the sender's domains.

    Raises: Unreadable when no name server answers.
    """
    sender = domain_of(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    envelope = settings.ROLLCALL_INBOUND_DOMAIN
    findings = [
        doctor.check_spf(envelope, texts),
        doctor.check_dmarc(sender, texts),
        doctor.check_alignment(sender, envelope),
        doctor.check_receives(sender, exchangers),
    ]
    if selector:
        findings.append(doctor.check_dkim(sender, selector, texts))
    if settings.ROLLCALL_TRANSPORT == "smtp" and is_public(settings.ROLLCALL_SMTP_HOST):
        findings.append(doctor.check_ptr(settings.ROLLCALL_SMTP_HOST, addresses, names))
    return findings


def is_public(host: str) -> bool:
    """Whether the relay is reached by a public name or address; a local one sends from elsewhere."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".lan"))


def _ask(name: str, kind: str) -> list:
    try:
        return list(dns.resolver.resolve(name, kind, lifetime=LIFETIME))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise Unreadable(
            f"No name server answered for {name}; use --offline to leave these checks out."
        ) from error


def texts(name: str) -> list[str]:
    """TXT records; none when the name does not exist. Raises: Unreadable."""
    return [b"".join(r.strings).decode("utf-8", "replace") for r in _ask(name, "TXT")]


def exchangers(name: str) -> list[str]:
    """Mail exchangers, best first; without any the host itself takes mail. Raises: Unreadable."""
    found = sorted(_ask(name, "MX"), key=lambda record: record.preference)
    if found:
        return [str(record.exchange).rstrip(".") or "." for record in found]
    return [name] if addresses(name) else []


def addresses(name: str) -> list[str]:
    """IPv4 and IPv6 addresses. Raises: Unreadable."""
    try:
        return [str(ipaddress.ip_address(name))]
    except ValueError:
        return [str(record) for kind in ("A", "AAAA") for record in _ask(name, kind)]


def names(address: str) -> list[str]:
    """Names of an address. Raises: Unreadable."""
    reverse = dns.reversename.from_address(address).to_text()
    return [str(record).rstrip(".") for record in _ask(reverse, "PTR")]
