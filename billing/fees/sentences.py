"""The wording of explanation steps, in the languages in which invoices are printed."""

from __future__ import annotations

TEMPLATES: dict[str, dict[str, str]] = {
    "en": {
        "fixed": "{result} {currency} a year",
        "tier": "{value} {measure} in tier {from}–{to}",
        "open_tier": "{value} {measure} in tier from {from}",
        "flat": "flat {result} {currency}",
        "times": "{quantity} × {unit} {currency} = {result} {currency}",
        "factor": "{base} {currency} × {factor} = {result} {currency}",
        "group": "country {country} in group {group}: {result} {currency}",
        "prorate": "{numerator} of {denominator} {unit_name}: {result} {currency}",
        "estimate": "first year by the member's own estimate",
        "above": "{value} DOIs are above {limit}: {result} {currency}",
        "cap": "service fees of {sum} {currency} limited to {quantity} × {rate} {currency} = "
        "{cap} {currency}",
        "cap_rate": "consortium cap applies, {rate} {currency} per organisation",
        "registration": "{quantity} {type}, {vintage}, × {unit} {currency} = {result} {currency}",
        "exempt": "no fee for members in {country}",
        "aggregate": "aggregate of {members} sponsored members",
        "percent": "{percent} % of {base} {currency} = {result} {currency}",
        "rounded": ", rounded to {result} {currency}",
        "recount": "counted anew: {to} instead of {from}",
        "difference": "{due} {currency} due, {billed} {currency} billed: {result} {currency}",
    },
    "de": {
        "fixed": "{result} {currency} im Jahr",
        "tier": "{value} {measure} in Stufe {from}–{to}",
        "open_tier": "{value} {measure} in Stufe ab {from}",
        "flat": "pauschal {result} {currency}",
        "times": "{quantity} × {unit} {currency} = {result} {currency}",
        "factor": "{base} {currency} × {factor} = {result} {currency}",
        "group": "Land {country} in Gruppe {group}: {result} {currency}",
        "prorate": "{numerator} von {denominator} {unit_name}: {result} {currency}",
        "estimate": "erstes Jahr nach eigener Schätzung des Mitglieds",
        "above": "{value} DOIs liegen über {limit}: {result} {currency}",
        "cap": "Servicegebühren von {sum} {currency} begrenzt auf {quantity} × {rate} {currency} "
        "= {cap} {currency}",
        "cap_rate": "Konsortialobergrenze gilt, {rate} {currency} je Organisation",
        "registration": "{quantity} {type}, {vintage}, × {unit} {currency} = {result} {currency}",
        "exempt": "keine Gebühr für Mitglieder in {country}",
        "aggregate": "Summe von {members} betreuten Mitgliedern",
        "percent": "{percent} % von {base} {currency} = {result} {currency}",
        "rounded": ", gerundet auf {result} {currency}",
        "recount": "neu gezählt: {to} statt {from}",
        "difference": "{due} {currency} fällig, {billed} {currency} berechnet: {result} {currency}",
    },
}

UNITS: dict[str, dict[str, str]] = {
    "en": {
        "month": "months",
        "quarter": "quarters",
        "day": "days",
        "dois": "DOIs",
        "annual_revenue": "{currency} annual revenue",
        "organisations": "organisations",
        "current": "current years",
        "back": "back years",
    },
    "de": {
        "month": "Monaten",
        "quarter": "Quartalen",
        "day": "Tagen",
        "dois": "DOIs",
        "annual_revenue": "{currency} Jahresumsatz",
        "organisations": "Organisationen",
        "current": "laufende Jahrgänge",
        "back": "ältere Jahrgänge",
    },
}

#: Added when an amount rests on a second-hand source (mark 2).
NOTES: dict[str, dict[str, str]] = {
    "en": {"2": " (amount from a second-hand source, to be confirmed)"},
    "de": {"2": " (Betrag aus zweiter Hand, zu bestätigen)"},
}
