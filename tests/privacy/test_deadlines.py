from datetime import UTC, date, datetime, timedelta

import pytest

from backoffice.core import dates
from contacts.privacy.deadlines import due_if_paused, due_on, warning_level
from contacts.privacy.models import PrivacyCase
from tests.privacy import world


@pytest.mark.parametrize(
    ("received", "months", "expected"),
    [
        (date(2026, 11, 20), 1, date(2026, 12, 21)),
        (date(2027, 1, 31), 1, date(2027, 3, 1)),
        (date(2026, 11, 20), 3, date(2027, 2, 22)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 4)),
    ],
)
def test_due_day(received: date, months: int, expected: date) -> None:
    assert due_on(received, months=months) == expected


@pytest.mark.parametrize(
    ("waited", "months", "expected"),
    [(0, 1, date(2026, 12, 21)), (5, 1, date(2026, 12, 28)), (3, 3, date(2027, 2, 23))],
)
def test_the_other_date_when_the_wait_for_identity_stops_the_clock(
    waited: int, months: int, expected: date
) -> None:
    assert due_if_paused(date(2026, 11, 20), waited_days=waited, months=months) == expected


def test_warnings_at_7_14_21_and_26_days() -> None:
    received = date(2026, 11, 1)
    ages = [(6, 0), (7, 1), (13, 1), (14, 2), (21, 3), (26, 4), (40, 4)]
    for age, level in ages:
        assert warning_level(received, date.fromordinal(received.toordinal() + age)) == level


@pytest.mark.django_db
def test_the_case_page_and_the_desk_say_both_dates_and_how_late_it_is(client, settings) -> None:
    settings.ROLLCALL_DEMO = True
    made = world.build()
    case = world.asked()
    today = dates.today()
    PrivacyCase.objects.filter(pk=case.pk).update(
        received_on=date(2026, 9, 1), due_on=today - timedelta(days=3),
        identity_asked_on=date(2026, 9, 2),
        identity_confirmed_at=datetime(2026, 9, 7, 12, tzinfo=UTC),
    )  # fmt: skip
    client.force_login(made.officer)
    text = client.get(f"/admin/privacy/privacycase/{case.pk}/change/").content.decode()
    assert "6 Oct 2026 if the wait for identity stops the clock" in text
    assert "3 days late" in text
    assert "3 days late" in client.get("/admin/privacy/privacycase/").content.decode()
