"""DATEV Buchungsstapel (EXTF 700, category 21, format version 13).

Source: DATEV format description, Buchungsstapel. Windows-1252, CRLF, semicolon, decimal comma; the amount
is gross and unsigned with an S/H mark; day and month only; text fields are quoted and cut to length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from billing.exports.rows import ExportDocument

_INFO = [f"Beleginfo - {what} {n}" for n in range(1, 9) for what in ("Art", "Inhalt")]
_MORE = [
    text
    for n in range(1, 21)
    for text in (f"Zusatzinformation - Art {n}", f"Zusatzinformation- Inhalt {n}")
]
COLUMNS: tuple[str, ...] = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz",
    "WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum",
    "Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext", "Postensperre",
    "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre", "Beleglink",
    *_INFO, "KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge",
    "EU-Land u. UStID (Bestimmung)", "EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart",
    "Sachverhalt L+L", "Funktionsergänzung L+L", "BU 49 Hauptfunktionstyp",
    "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung", *_MORE, "Stück", "Gewicht",
    "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)",
    "Herkunft-Kz", "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre",
    "Gesellschaftername", "Beteiligtennummer", "Identifikationsnummer", "Zeichnernummer",
    "Postensperre bis", "Bezeichnung SoBil-Sachverhalt", "Kennzeichen SoBil-Buchung",
    "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit",
    "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position",
    "EU-Land u. UStID (Ursprung)", "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip


@dataclass(frozen=True)
class DatevSettings:
    """What the tax adviser says. `tax_keys` maps category and rate ("S19") to a BU-Schlüssel; an
    automatic account needs none. Debtor accounts have one digit more than `account_length`."""

    adviser: int = 1001
    client: int = 1
    account_length: int = 6
    label: str = "Rollcall"
    tax_keys: Mapping[str, str] = field(default_factory=dict)

    def debtor(self, payer_key: int) -> str:
        return str(10**self.account_length + payer_key)

    def account(self, account: str) -> str:
        return account.ljust(self.account_length, "0")


def write_datev(
    documents: Iterable[ExportDocument], *, start: date, end: date, settings: DatevSettings
) -> bytes:
    """The file for documents dated from `start` to `end`, both inclusive, in one fiscal year.

    Raises: ValueError for a span over two years or a currency other than euro.
    """
    if start.year != end.year:
        raise ValueError("a DATEV file holds one fiscal year")
    rows = [_header(start, end, settings), ";".join(COLUMNS)]
    for document in documents:
        if document.currency != "EUR":
            raise ValueError(f"{document.number}: only euro can be exported to DATEV")
        rows += _bookings(document, settings)
    return ("\r\n".join(rows) + "\r\n").encode("cp1252", errors="replace")


def _header(start: date, end: date, settings: DatevSettings) -> str:
    # The time of making is the end of the span, so that a repeat gives the same bytes.
    fields = [
        '"EXTF"', "700", "21", '"Buchungsstapel"', "13", f"{end:%Y%m%d}000000000", "", '"RE"',
        '""', '""', str(settings.adviser), str(settings.client), f"{start.year}0101",
        str(settings.account_length), f"{start:%Y%m%d}", f"{end:%Y%m%d}",
        _quoted(settings.label, 30), '""', "1", "0", "0", '"EUR"',
        *[""] * 9,
    ]  # fmt: skip
    return ";".join(fields)


def _bookings(document: ExportDocument, settings: DatevSettings) -> list[str]:
    rows = []
    for account, net, tax in document.by_account():
        gross = net + tax
        if not gross:
            continue
        values = dict.fromkeys(COLUMNS, "")
        values |= {
            "Umsatz (ohne Soll/Haben-Kz)": _amount(abs(gross)),
            "Soll/Haben-Kennzeichen": '"S"' if gross > 0 else '"H"',
            "WKZ Umsatz": '"EUR"',
            "Konto": settings.debtor(document.payer_key),
            "Gegenkonto (ohne BU-Schlüssel)": settings.account(account),
            "BU-Schlüssel": _quoted(_tax_key(document, settings), 4),
            "Belegdatum": f"{document.issue_date:%d%m}",
            "Belegfeld 1": _quoted(field_text(document.number), 36),
            "Belegfeld 2": _quoted(f"{document.due_date:%d%m%y}", 12),
            "Buchungstext": _quoted(document.payer, 60),
            "Festschreibung": "0",
        }
        rows.append(";".join(values.values()))
    return rows


def _tax_key(document: ExportDocument, settings: DatevSettings) -> str:
    rate = f"{document.tax_rate.normalize():f}"
    return settings.tax_keys.get(f"{document.tax_category}{rate}", "")


def field_text(text: str) -> str:
    """Belegfeld 1 allows capital letters, digits and $ & % * + - / only."""
    return re.sub(r"[^A-Z0-9$&%*+\-/]", "", text.upper())


def _amount(value: Decimal) -> str:
    return f"{value:.2f}".replace(".", ",")


def _quoted(text: str, length: int) -> str:
    cleaned = " ".join(text.split()).replace('"', '""')[:length]
    return f'"{cleaned}"'
