"""SPF, DKIM, DMARC and the signed headers, by table."""

from __future__ import annotations

import pytest

from backoffice.delivery import doctor


def dns(**records: list[str]):
    return lambda name: records.get(name.replace(".", "_"), [])


@pytest.mark.parametrize(
    ("records", "level"),
    [
        (["v=spf1 include:_spf.example.net -all"], "ok"),
        (["v=spf1 mx ~all", "other"], "ok"),
        (["v=spf1 mx"], "warning"),
        (["v=spf1 +all"], "problem"),
        (["v=spf1 mx -all", "v=spf1 a -all"], "problem"),
        ([], "problem"),
    ],
)
def test_spf(records: list[str], level: str) -> None:
    assert doctor.check_spf("mail.example.org", dns(mail_example_org=records)).level == level


@pytest.mark.parametrize(
    ("text", "level"), [("v=DKIM1; p=MIIB", "ok"), ("v=DKIM1; p=", "problem"), ("", "problem")]
)
def test_dkim(text: str, level: str) -> None:
    lookup = dns(s1__domainkey_example_org=[text] if text else [])
    assert doctor.check_dkim("example.org", "s1", lookup).level == level


def test_dmarc_may_stand_at_the_organisational_domain() -> None:
    lookup = dns(_dmarc_example_org=["v=DMARC1; p=none"])
    assert doctor.check_dmarc("mail.example.org", lookup).level == "ok"
    assert doctor.check_dmarc("example.net", lookup).level == "problem"


def test_alignment() -> None:
    assert doctor.check_alignment("example.org", "mail.example.org").level == "ok"
    assert doctor.check_alignment("example.org", "example.net").level == "warning"


@pytest.mark.parametrize(
    ("headers", "level"),
    [
        ("from:to:List-Unsubscribe:List-Unsubscribe-Post", "ok"),
        ("from:to:List-Unsubscribe", "problem"),
    ],
)
def test_signed_headers(headers: str, level: str) -> None:
    raw = f"DKIM-Signature: v=1; a=rsa-sha256;\r\n h={headers}; bh=x\r\n\r\nbody".encode()
    assert doctor.check_signed_headers(raw).level == level
    assert doctor.check_signed_headers(b"From: a\r\n\r\nb").level == "problem"
