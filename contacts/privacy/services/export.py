"""Access and portability: one JSON with a schema and a readable page, nobody else's data in it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils.encoding import force_str

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.personal_data import FINDERS, MAP, Subject
from backoffice.core.queries import issuer_on
from backoffice.core.services import audit, documents
from backoffice.core.tokens import derived_token
from backoffice.core.transitions import transition
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState, Outcome
from contacts.privacy.models import PrivacyCase, Processor
from contacts.privacy.services.cases import queue_case_mail, stream_of
from contacts.privacy.services.subjects import subject_of_case

LINK_DAYS = 14
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["reference", "controller", "made_on", "data", "recipients", "rights"],
    "properties": {
        "reference": {"type": "string"},
        "controller": {"type": "string"},
        "made_on": {"type": "string", "format": "date"},
        "automated_decisions": {"const": False},
        "recipients": {"type": "array", "items": {"type": "string"}},
        "rights": {"type": "array", "items": {"type": "string"}},
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["record", "category", "purpose", "basis", "retention", "values"],
            },
        },
    },
}


def export_token(case: PrivacyCase) -> str:
    return derived_token("privacy-export", case.pk, case.address_hash)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return f"{len(bytes(value))} bytes"
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    return force_str(value)


def collect(subject: Subject) -> list[dict[str, Any]]:
    """Every field declared as exported, of every row about the person."""
    records = []
    for _name, finder in FINDERS:
        personal = {
            key: item
            for key, item in MAP.get(finder.label.lower()).personal.items()
            if item.exported
        }
        if not personal:
            continue
        model = apps.get_model(finder.label)
        first = next(iter(personal.values()))
        for row in finder.rows(subject).order_by("pk"):
            records.append(
                {
                    "record": str(model._meta.verbose_name),
                    "category": first.category,
                    "purpose": first.purpose,
                    "basis": first.basis,
                    "retention": first.retention,
                    "values": {_label(model, key): _plain(getattr(row, key)) for key in personal},
                }
            )
    return records


def _label(model: type[models.Model], key: str) -> str:
    return str(model._meta.get_field(key).verbose_name)  # type: ignore[union-attr]


def build_export(case: PrivacyCase, *, on: date) -> dict[str, Any]:
    issuer = issuer_on(on)
    return {
        "reference": case.reference,
        "controller": issuer.legal_name if issuer else "",
        "made_on": on.isoformat(),
        "automated_decisions": False,
        "recipients": [row.name for row in Processor.objects.filter(active=True)],
        "rights": ["access", "rectification", "erasure", "restriction", "portability", "objection",
                   "complaint to a supervisory authority"],
        "data": collect(subject_of_case(case)),
    }  # fmt: skip


def print_export(*, case: PrivacyCase, on: date, actor: Actor) -> dict[str, Any]:
    """The export for the person at the terminal, on record like one that is sent.

    Raises: RuleBroken without a confirmed identity.
    """
    _require_identity(case)
    data = build_export(case, on=on)
    audit.record(
        stream_of(case), "export_printed", actor=actor, facts={"records": len(data["data"])}
    )
    return data


def _require_identity(case: PrivacyCase) -> None:
    if case.identity_confirmed_at is None:
        raise RuleBroken("The identity has not been confirmed.", code="identity")


def answer_access(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """Stores the export and answers with an expiring link. Not inside a transaction.

    Raises: RuleBroken without a confirmed identity or for another kind of case.
    """
    if case.kind != CaseKind.ACCESS:
        raise RuleBroken("Only an access request is answered with an export.")
    _require_identity(case)
    content = json.dumps(build_export(case, on=on), ensure_ascii=False, indent=2).encode()
    document = documents.store_new(
        content, kind="privacy-export", subject=f"privacy.privacycase:{case.pk}",
        file_name=f"{case.reference}.json", media_type="application/json",
        delete_after=date.fromordinal(on.toordinal() + LINK_DAYS),
    )  # fmt: skip
    with transaction.atomic():
        transition(
            case, to=CaseState.ANSWERED, table=CASE_TRANSITIONS, actor=actor,
            also={"answered_at": dates.now(), "certificate": document,
                  "outcome": Outcome.GRANTED},
        )  # fmt: skip
        queue_case_mail(case, "privacy.export")
        audit.record(stream_of(case), "export", actor=actor, facts={"file": document.sha256})
    return case


def fetch_export(*, token: str, on: date, actor: Actor) -> StoredDocument | None:
    """The stored export behind a link, each fetch recorded; None when unknown or expired."""
    answered = PrivacyCase.objects.filter(
        kind=CaseKind.ACCESS, certificate__isnull=False
    ).select_related("certificate")
    for case in answered:
        if export_token(case) != token:
            continue
        document = case.certificate
        if document.delete_after and document.delete_after < on:  # type: ignore[union-attr]
            return None
        audit.record(stream_of(case), "export_fetched", actor=actor)
        return document
    return None
