"""Rates of exchange of the ECB: read from its files, looked up by day."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext as _
from lxml import etree

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, Unreadable
from backoffice.core.money import TWO_DECIMAL_CURRENCIES
from backoffice.core.services import audit
from billing.models import ExchangeRate

EURO_COUNTRIES = frozenset("AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split())
#: The ECB publishes on working days; an older rate than this is a gap in the file.
AGE = timedelta(days=7)
MOST_BYTES = 20_000_000
NO_RATE = frozenset({"", "N/A"})


def rate_on(currency: str, day: date) -> ExchangeRate | None:
    """The newest rate on or before the day, not older than a week; None where there is none."""
    return (
        ExchangeRate.objects.filter(currency=currency, day__lte=day, day__gte=day - AGE)
        .order_by("-day")
        .first()
    )


def load_rates(*, content: bytes, file_name: str, actor: Actor) -> int:
    """The rates of an ECB file (history as CSV, daily as XML); the number of new ones. Rates that are
    known stay as they are.

    Raises: Unreadable for another file; BadInput naming row and currency.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is too large."), where=file_name)
    reader = _from_xml if content.lstrip()[:1] == b"<" else _from_csv
    rows = {
        (day, currency): rate
        for day, currency, rate in reader(content, file_name)
        if currency in TWO_DECIMAL_CURRENCIES and currency != "EUR"
    }
    if not rows:
        raise Unreadable(_("The file holds no rate."), where=file_name)
    days = {day for day, _currency in rows}
    with transaction.atomic():
        known = set(
            ExchangeRate.objects.filter(day__gte=min(days), day__lte=max(days)).values_list(
                "day", "currency"
            )
        )
        fresh = [
            ExchangeRate(day=day, currency=currency, rate=rate, source="ECB")
            for (day, currency), rate in sorted(rows.items())
            if (day, currency) not in known
        ]
        ExchangeRate.objects.bulk_create(fresh, batch_size=1000)
        audit.record("rates", "load", actor=actor, facts={"rates": len(fresh), "to": max(days)})
    return len(fresh)


def _from_csv(content: bytes, file_name: str) -> Iterator[tuple[date, str, Decimal]]:
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace")))
    header = [cell.strip() for cell in next(reader, [])]
    if not header or header[0] != "Date":
        raise Unreadable(_("This is no file of ECB rates."), where=file_name)
    for number, row in enumerate(reader, start=2):
        if not row or not row[0].strip():
            continue
        day = _day(row[0].strip(), _("row %(n)s") % {"n": number})
        for currency, text in zip(header[1:], row[1:], strict=False):
            if currency and text.strip() not in NO_RATE:
                yield day, currency, _rate(text.strip(), f"{_('row')} {number}, {currency}")


def _from_xml(content: bytes, file_name: str) -> Iterator[tuple[date, str, Decimal]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(_("The XML is broken: %(e)s") % {"e": error}, where=file_name) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable(_("The XML has a document type declaration."), where=file_name)
    for cube in root.iter("{*}Cube"):
        text = cube.get("time")
        if text is None:
            continue
        day = _day(text, text)
        for rate in cube:
            if isinstance(rate.tag, str) and rate.get("currency"):
                currency = str(rate.get("currency"))
                yield day, currency, _rate(str(rate.get("rate")), f"{text}, {currency}")


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("%(text)s is no day.") % {"text": text[:20]}, where=where) from error


def _rate(text: str, where: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation as error:
        raise BadInput(_("%(text)s is no rate.") % {"text": text[:20]}, where=where) from error
    if not rate.is_finite() or rate <= 0:
        raise BadInput(_("%(text)s is no rate.") % {"text": text[:20]}, where=where)
    return rate
