"""What stands in the way of a start, and what somebody must have seen first."""

from __future__ import annotations

import pytest
from django.utils import timezone

from backoffice.core.errors import BadInput, RuleBroken
from backoffice.delivery.models import DoctorRun
from mailings.lint import remarks_on
from mailings.services import readiness as module
from mailings.services.readiness import readiness
from mailings.services.sending import start_mailing
from tests.mailings.conftest import STAFF, TODAY, leaf

pytestmark = [pytest.mark.django_db]


def start(draft, **seen):
    return start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY, **seen)


def test_a_red_mail_check_holds_a_large_mailing_until_somebody_says_why(
    mailing, organisation, person, settings
) -> None:
    settings.ROLLCALL_TRANSPORT, settings.ROLLCALL_DOCTOR_FROM = "smtp", 1
    finding = {"level": "problem", "subject": "SPF example.org", "text": "no record"}
    DoctorRun.objects.create(at=timezone.now(), findings=[finding], problems=1)
    one = organisation("One")
    person("a@example.org", ("billing", one))
    small = mailing({"all": [leaf("duty", "billing")]}, mail_class="service")
    assert readiness(small, on=TODAY, at=timezone.now()).red == []
    start(small)
    assert small.doctor_override == ""
    person("b@example.org", ("billing", one))
    large = mailing(segment=small.segment, mail_class="service")
    with pytest.raises(RuleBroken, match="SPF example.org: no record"):
        start(large)
    start(large, override="The relay signs; the record comes tomorrow.")
    assert large.doctor_override.startswith("The relay signs")


def test_a_mailing_to_everybody_must_be_meant(mailing, organisation, person, monkeypatch) -> None:
    monkeypatch.setattr(module, "EVERYBODY_FROM", 2)
    one = organisation("One")
    for n in range(2):
        person(f"p{n}@example.org", ("billing", one))
    draft = mailing({"all": [leaf("duty", "billing")]}, mail_class="service")
    with pytest.raises(RuleBroken, match="every contact"):
        start(draft)
    start(draft, everybody=True)
    assert draft.state == "planning"


def test_a_required_field_is_asked_of_everybody_before_the_start(
    mailing, organisation, person
) -> None:
    one = organisation("One")
    person("named@example.org", ("voting", one), name="Ada Ångström")
    person("bare@example.org", ("voting", one))
    draft = mailing(body="Dear {{ given_name! }},\n\nhello.")
    with pytest.raises(BadInput, match="1 recipients have no value for {{ given_name }}"):
        start(draft)
    assert draft.state == "draft"


def test_a_class_that_is_not_the_topic_s_is_refused(mailing, topic) -> None:
    with pytest.raises(BadInput, match="has the class"):
        start(mailing(topic=topic, mail_class="governance"))


@pytest.mark.parametrize(
    ("html", "words", "blocks"),
    [
        ("<h1>One</h1><h1>Two</h1>", "more than one heading", True),
        ("<h1></h1>", "heading is empty", True),
        ("<h2>Fine</h2><h4>Skips</h4>", "skips a level: use ###", True),
        ('<a href="https://example.org">click here</a>', "where it leads", True),
        ('<a href="https://example.org"></a>', "no text", True),
        ('<a href="https://example.org">https://example.org</a>', "bare address", False),
        ('<img src="https://example.org/i.png" alt="Poster">', "more than an image", True),
        ("<p>COME ONE COME ALL TODAY EVERYBODY IS WELCOME</p>", "in capitals", False),
    ],
)
def test_what_a_reader_would_stumble_over(html: str, words: str, blocks: bool) -> None:
    remark = remarks_on(html)[0]
    assert words in remark.text
    assert remark.blocks is blocks


def test_a_good_text_has_no_remark() -> None:
    html = '<h2>News</h2><h3>Fees</h3><p>See <a href="https://example.org">the fee list</a>.</p>'
    assert remarks_on(html) == []


def test_a_text_that_blocks_cannot_start(mailing, organisation, person) -> None:
    person("a@example.org", ("voting", organisation("One")))
    with pytest.raises(BadInput, match="where it leads"):
        start(mailing(body="{{ greeting }}\n\n[here](https://example.org)"))
