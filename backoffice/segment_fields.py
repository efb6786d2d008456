"""Questions of the segment builder that billing and governance answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.errors import BadInput
from billing.queries import fee_bands, payers_with_overdue
from governance.enums import ElectionState
from governance.models import Election, RollEntry
from mailings.registry import SEGMENT_FIELDS, SegmentField


def _overdue(value: str, on: date) -> Q:
    payers = Q(organisation__in=payers_with_overdue(on=on))
    return payers if value == "yes" else ~payers


def _in_band(value: str, on: date) -> Q:
    countries = [country for country, band in fee_bands(on=on).items() if band == value]
    if not countries:
        raise BadInput(f"No country is in the fee band “{value[:40]}”.", where="fee_band")
    return Q(organisation__country__in=countries)


def _bands() -> Sequence[tuple[str, str]]:
    return [(name, name) for name in sorted(set(fee_bands(on=dates.today()).values()))]


def _has_not_voted(value: str, on: date) -> Q:
    """Asked again before every hand-off: who votes meanwhile gets nothing more."""
    entries = RollEntry.objects.not_voted().filter(
        election=value if value.isdecimal() else None, election__state=ElectionState.OPEN
    )
    return Q(pk__in=entries.values("contact"))


def _open_elections() -> Sequence[tuple[str, str]]:
    rows = Election.objects.filter(state=ElectionState.OPEN)
    return [(str(row.pk), str(row)) for row in rows]


def register() -> None:
    SEGMENT_FIELDS.add(
        "overdue_invoice",
        SegmentField(
            _("has an overdue invoice"), _overdue, "duty",
            choices=lambda: [("yes", _("yes")), ("no", _("no"))],
        ),
    )  # fmt: skip
    SEGMENT_FIELDS.add(
        "fee_band", SegmentField(_("Fee band of the country"), _in_band, "duty", _bands)
    )
    SEGMENT_FIELDS.add(
        "not_voted", SegmentField(_("Has not voted in"), _has_not_voted, "person", _open_elections)
    )
