"""`mail_doctor` against a name server of our own: what is red, what is kept, what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import dns.resolver
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backoffice.core.errors import Unreadable
from backoffice.core.models import Issuer
from backoffice.delivery.models import DoctorRun
from backoffice.delivery.services import mail_check
from backoffice.delivery.services.mail_check import problems_now, run_doctor
from tests.delivery.name_server import NameServer

pytestmark = [pytest.mark.django_db]
GOOD = {
    ("mail.agency.example", "TXT"): ['"v=spf1 ip4:192.0.2.7 -all"'],
    ("_dmarc.agency.example", "TXT"): ['"v=DMARC1; p=none"'],
    ("agency.example", "MX"): ["10 mx.agency.example."],
    ("agency.example", "A"): ["192.0.2.7"],
    ("s1._domainkey.agency.example", "TXT"): ['"v=DKIM1; k=rsa; p=MIGfMA0"'],
    ("relay.agency.example", "A"): ["192.0.2.7"],
    ("7.2.0.192.in-addr.arpa", "PTR"): ["relay.agency.example."],
}


@pytest.fixture
def ask(monkeypatch, settings) -> Iterator:
    """Puts a name server with these records before the look-ups."""
    settings.DEFAULT_FROM_EMAIL = "Agency <office@agency.example>"
    settings.ROLLCALL_INBOUND_DOMAIN = "mail.agency.example"
    settings.ROLLCALL_TRANSPORT = "smtp"
    settings.ROLLCALL_SMTP_HOST = "relay.agency.example"
    settings.ROLLCALL_BASE_URL = "https://office.agency.example"
    running = []

    def start(records) -> None:
        server = NameServer(records).__enter__()
        running.append(server)
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)

    yield start
    for server in running:
        server.__exit__()


@pytest.fixture
def issuer(db) -> Issuer:
    return Issuer.objects.create(
        valid_from="2020-01-01", legal_name="Agency e. V.", street="Weg 1", city="Hannover"
    )


def by_subject(run: DoctorRun) -> dict[str, str]:
    return {finding["subject"]: finding["level"] for finding in run.findings}


def test_a_good_set_up_has_no_problem(ask, issuer) -> None:
    ask(GOOD)
    run = run_doctor(at=timezone.now(), selector="s1")
    assert run.problems == 0
    levels = by_subject(run)
    assert levels["PTR relay.agency.example"] == "ok"
    assert levels["Answers agency.example"] == "ok"
    assert problems_now(at=timezone.now()) == []


@pytest.mark.parametrize(
    ("gone", "subject"),
    [
        (("mail.agency.example", "TXT"), "SPF mail.agency.example"),
        (("_dmarc.agency.example", "TXT"), "DMARC agency.example"),
        (("7.2.0.192.in-addr.arpa", "PTR"), "PTR relay.agency.example"),
        (("s1._domainkey.agency.example", "TXT"), "DKIM s1._domainkey.agency.example"),
    ],
)
def test_what_is_missing_is_named(ask, issuer, gone, subject: str) -> None:
    ask({key: value for key, value in GOOD.items() if key != gone})
    run = run_doctor(at=timezone.now(), selector="s1")
    assert {k for k, level in by_subject(run).items() if level == "problem"} == {subject}
    assert len(problems_now(at=timezone.now())) == 1


def test_a_domain_that_takes_no_mail_hears_no_answer(ask, issuer) -> None:
    ask({**GOOD, ("agency.example", "MX"): ["0 ."]})
    assert by_subject(run_doctor(at=timezone.now()))["Answers agency.example"] == "problem"


def test_a_check_is_fresh_for_seven_days_and_fifty_are_kept(ask, issuer) -> None:
    ask(GOOD)
    now = timezone.now()
    old = [DoctorRun(at=now - timedelta(days=8 + n), findings=[], problems=0) for n in range(60)]
    DoctorRun.objects.bulk_create(old)
    assert "not been checked" in problems_now(at=now)[0]
    run_doctor(at=now)
    assert problems_now(at=now) == []
    assert DoctorRun.objects.count() == 50


def test_no_name_server_is_a_problem_and_no_crash(monkeypatch, ask, issuer) -> None:
    ask(GOOD)
    dns.resolver.default_resolver.port = 1
    monkeypatch.setattr(mail_check, "LIFETIME", 0.3)
    with pytest.raises(Unreadable, match="No name server"):
        mail_check.texts("agency.example")
    assert by_subject(run_doctor(at=timezone.now()))["DNS"] == "problem"


def test_without_a_postal_address_the_command_fails(ask) -> None:
    ask(GOOD)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("mail_doctor", stdout=out)
    assert "problem  Postal address in the footer: no issuer is set up" in out.getvalue()


def test_a_captured_message_is_looked_at(ask, issuer, tmp_path: Path) -> None:
    ask(GOOD)
    captured = tmp_path / "captured.eml"
    head = b"DKIM-Signature: v=1; a=rsa-sha256;\r\n h=From:List-Unsubscribe%s; b=x\r\n\r\nbody"
    captured.write_bytes(head % b"")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("mail_doctor", "--offline", "--captured", str(captured), stdout=out)
    assert "DKIM does not cover list-unsubscribe-post" in out.getvalue()
    captured.write_bytes(head % b":List-Unsubscribe-Post")
    call_command("mail_doctor", "--offline", "--captured", str(captured), stdout=out)
    assert "DKIM covers both" in out.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("mail_doctor", "--offline", "--captured", str(tmp_path / "none"), stdout=out)
