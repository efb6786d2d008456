from datetime import date

import pytest

from contacts.privacy.deadlines import due_on, warning_level


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


def test_warnings_at_7_14_21_and_26_days() -> None:
    received = date(2026, 11, 1)
    ages = [(6, 0), (7, 1), (13, 1), (14, 2), (21, 3), (26, 4), (40, 4)]
    for age, level in ages:
        assert warning_level(received, date.fromordinal(received.toordinal() + age)) == level
