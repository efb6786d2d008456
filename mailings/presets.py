"""The topics and segments of both agencies, as data; loading is repeatable.

Source: DataCite privacy notice (2019) and support pages on contacts; Crossref privacy policy (2018)
and contact roles, as gathered in the domain reference.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from mailings.models import Segment, Topic

COMMON: tuple[dict[str, object], ...] = (
    {
        "code": "service-status", "name": "Service status", "name_de": "Betriebsmeldungen",
        "description": "Outages, maintenance and incidents.",
        "description_de": "Ausfälle, Wartung und Störungen.",
        "frequency": "when something happens", "frequency_de": "bei Bedarf",
        "mail_class": "service", "legal_basis": "interest",
    },
    {
        "code": "service-changes", "name": "Changes and new services",
        "name_de": "Änderungen und neue Dienste",
        "description": "What is new, what changes, what is switched off.",
        "description_de": "Was neu ist, was sich ändert, was abgeschaltet wird.",
        "frequency": "a few times a year", "frequency_de": "einige Male im Jahr",
        "mail_class": "service", "legal_basis": "interest",
    },
    {
        "code": "events", "name": "Open hours and meetings",
        "name_de": "Sprechstunden und Treffen",
        "description": "Invitations to open hours, webinars and community meetings.",
        "description_de": "Einladungen zu Sprechstunden, Webinaren und Treffen.",
        "frequency": "about monthly", "frequency_de": "etwa monatlich",
        "mail_class": "community", "legal_basis": "consent", "public": True,
    },
)  # fmt: skip
NEWSLETTER: dict[str, dict[str, object]] = {
    "datacite": {
        "frequency": "once a month", "frequency_de": "einmal im Monat",
        "description": "News of the agency, its members and its services.",
        "description_de": "Neues von der Agentur, ihren Mitgliedern und Diensten.",
    },
    "crossref": {
        "frequency": "four times a year", "frequency_de": "viermal im Jahr",
        "description": "What happened in the quarter, and what is coming.",
        "description_de": "Was im Quartal geschah und was kommt.",
    },
}  # fmt: skip
BLOG: dict[str, object] = {
    "code": "blog", "name": "Blog by mail", "name_de": "Blog per Mail",
    "description": "A mail for each new post.", "description_de": "Eine Mail je neuem Beitrag.",
    "frequency": "about weekly", "frequency_de": "etwa wöchentlich",
    "mail_class": "community", "legal_basis": "consent", "public": True,
}  # fmt: skip
CONSENT = "I would like to receive “{name}” by e-mail ({frequency}). I can stop it at any time."
CONSENT_DE = "Ich möchte „{name}“ per E-Mail erhalten ({frequency}) und kann das jederzeit beenden."
SEGMENTS: dict[str, dict] = {
    "Voting contacts in good standing": {"all": [
        {"field": "votes", "op": "is", "value": "yes"},
        {"field": "standing", "op": "is", "value": "good"},
    ]},
    "Billing contacts of members": {"all": [
        {"field": "duty", "op": "is", "value": "billing"},
        {"field": "standing", "op": "is", "value": "member"},
    ]},
    "Technical contacts of members": {"all": [
        {"field": "duty", "op": "is", "value": "technical"},
        {"field": "standing", "op": "is", "value": "member"},
    ]},
}  # fmt: skip


def load_topics(preset: str, actor: Actor, on: date) -> None:
    """Creates what is missing; a topic or segment that staff changed stays as they made it."""
    newsletter = {
        "code": "newsletter", "name": "Newsletter", "name_de": "Rundbrief",
        "mail_class": "community", "legal_basis": "consent", "public": True,
        **NEWSLETTER[preset],
    }  # fmt: skip
    rows = [newsletter, *([BLOG] if preset == "crossref" else []), *COMMON]
    with transaction.atomic():
        for position, row in enumerate(rows, 1):
            values = {key: value for key, value in row.items() if key != "code"}
            if row["legal_basis"] == "consent":
                values |= _wording(row)
            Topic.objects.get_or_create(code=row["code"], defaults={**values, "position": position})
        for name, rule in SEGMENTS.items():
            Segment.objects.get_or_create(name=name, defaults={"rule": rule})


def _wording(row: dict[str, object]) -> dict[str, str]:
    return {
        "wording": CONSENT.format(name=row["name"], frequency=row["frequency"]),
        "wording_de": CONSENT_DE.format(name=row["name_de"], frequency=row["frequency_de"]),
    }
