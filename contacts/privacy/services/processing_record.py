"""The record of processing activities, written from the map of personal data. Versions are kept.

Source: Art. 30 (1) GDPR: controller, purposes, people and data concerned, recipients, third
countries, time limits, measures.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

from backoffice.core.actor import Actor
from backoffice.core.personal_data import MAP
from backoffice.core.queries import issuer_on
from backoffice.core.retention import RETENTION
from backoffice.core.services import audit, documents
from contacts.privacy import words
from contacts.privacy.models import ProcessingRecord, Processor

KIND = "privacy-record"
LANGUAGES = {"english": "en-gb", "german": "de"}


def build_record(*, on: date) -> dict[str, Any]:
    """What the record says, in the active language. One activity per purpose and basis."""
    issuer = issuer_on(on)
    return {
        "controller": {
            "name": issuer.legal_name if issuer else "",
            "address": f"{issuer.street}, {issuer.post_code} {issuer.city}" if issuer else "",
            "contact": (issuer.privacy_email or issuer.email) if issuer else "",
        },
        "activities": _activities(),
        "recipients": [
            {"name": row.name, "purpose": row.purpose, "country": row.country}
            for row in Processor.objects.filter(active=True).order_by("name")
        ],
        "measures": [str(text) for text in words.MEASURES],
    }


def _activities() -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for label, entry in MAP:
        model = apps.get_model(label)._meta
        for field, item in entry.personal.items():
            activity = found.setdefault(
                (item.purpose, item.basis),
                {"purpose": words.purpose(item.purpose), "basis": f"Art. {item.basis}",
                 "subjects": set(), "categories": set(), "data": set(), "kept": set()},
            )  # fmt: skip
            rule = RETENTION.get(item.retention)
            activity["subjects"].add(words.subject(item.subject))
            activity["categories"].add(words.category(item.category))
            name = model.get_field(field).verbose_name  # type: ignore[union-attr]
            activity["data"].add(f"{model.verbose_name}: {name}")
            activity["kept"].add(_text(rule.period))
    return [
        {key: sorted(value) if isinstance(value, set) else value for key, value in row.items()}
        for _key, row in sorted(found.items())
    ]


def _text(value: str | Promise) -> str:
    return str(value)


def content_hash(record: dict[str, Any]) -> str:
    body = json.dumps(record, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()


def make_record(*, on: date, actor: Actor) -> ProcessingRecord:
    """The newest version; a fresh one when what it says has changed. Not inside a transaction."""
    with translation.override("en-gb"):
        record = build_record(on=on)
    digest = content_hash(record)
    last = ProcessingRecord.objects.first()
    if last is not None and last.content_sha256 == digest:
        return last
    version = last.version + 1 if last else 1
    stored = {
        name: _store(_html(on, version, digest, code), version, f"{code[:2]}.html", "text/html")
        for name, code in LANGUAGES.items()
    }
    head = {"version": version, "made_on": on.isoformat(), "sha256": digest}
    body = json.dumps({**head, **record}, ensure_ascii=False, indent=2)
    stored["data"] = _store(body, version, "json", "application/json")
    try:
        with transaction.atomic():
            made = ProcessingRecord.objects.create(
                version=version, made_on=on, content_sha256=digest, **stored
            )
            audit.record("privacy", "record_version", actor=actor, subject=made,
                         facts={"version": version, "content": digest})  # fmt: skip
    except IntegrityError:
        # Somebody else made this version at the same moment.
        return ProcessingRecord.objects.get(version=version)
    return made


def _html(on: date, version: int, digest: str, language: str) -> str:
    with translation.override(language):
        return render_to_string(
            "privacy/record.html",
            {"record": build_record(on=on), "on": on, "version": version, "digest": digest,
             "language": language},
        )  # fmt: skip


def _store(content: str, version: int, end: str, media_type: str):
    return documents.store_new(
        content.encode(), kind=KIND, subject=f"privacy.processingrecord:{version}",
        file_name=f"processing-record-{version}.{end}", media_type=media_type,
    )  # fmt: skip
