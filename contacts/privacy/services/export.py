"""Access and portability: one JSON with a schema and a readable page, nobody else's data in them.

Staff read it before it leaves; the person gets a link that expires, never an attachment.

Source: Art. 15 (1), (3), (4) and Art. 20 GDPR.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import translation

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.queries import issuer_on
from backoffice.core.services import audit, documents
from backoffice.core.tokens import derived_token, token_hash
from backoffice.core.transitions import actor_user, transition
from contacts.privacy import words
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState, Outcome
from contacts.privacy.export_schema import SCHEMA
from contacts.privacy.models import AccessExport, PrivacyCase, Processor
from contacts.privacy.services.cases import queue_case_mail, stream_of
from contacts.privacy.services.collecting import (
    AS_IS,
    BLACK_OUT,
    WITHHOLD,
    Record,
    as_entry,
    collect,
)
from contacts.privacy.services.others import Others
from contacts.privacy.services.sections import sections_of
from contacts.privacy.services.subjects import subject_of_case

__all__ = ["SCHEMA", "Draft", "build_export", "draft_export", "fetch_export", "release_export"]

LINK_DAYS = 14
KIND = "privacy-export"
DECISIONS = (AS_IS, BLACK_OUT, WITHHOLD)


@dataclass(frozen=True)
class Draft:
    """What would leave, for staff to read. ``digest``: of everything they see."""

    records: list[Record]
    others: Others
    digest: str

    def decision(self, record: Record, given: Mapping[str, str]) -> str:
        """What was decided, or black out where somebody else seems to be named."""
        return given.get(record.key) or (BLACK_OUT if record.others else AS_IS)


def draft_export(case: PrivacyCase) -> Draft:
    """Everything found, in the person's language. Reads only."""
    subject = subject_of_case(case)
    with translation.override(case.language):
        others = Others(subject)
        records = collect(subject, others)
    body = json.dumps([[row.key, row.values] for row in records], sort_keys=True, default=str)
    return Draft(records, others, hashlib.sha256(body.encode()).hexdigest())


def build_export(
    case: PrivacyCase,
    *,
    on: date,
    decisions: Mapping[str, str] | None = None,
    draft: Draft | None = None,
) -> dict[str, Any]:
    """The export as data, by the schema, in the person's language."""
    draft, given = draft or draft_export(case), decisions or {}
    issuer = issuer_on(on)
    kept_back, entries = 0, []
    with translation.override(case.language):
        for record in draft.records:
            values = record.decided(draft.decision(record, given), draft.others)
            if values is None:
                kept_back += 1
            else:
                entries.append(as_entry(record, values))
        return {
            "schema": SCHEMA["$id"],
            "reference": case.reference,
            "controller": issuer.legal_name if issuer else "",
            "made_on": on.isoformat(),
            "language": case.language,
            "automated_decisions": False,
            "recipients": [
                {"name": row.name, "purpose": row.purpose}
                for row in Processor.objects.filter(active=True)
            ],
            "rights": [str(text) for text in words.RIGHTS],
            "source": _source(case),
            "withheld": kept_back,
            "data": entries,
            "sections": sections_of(subject_of_case(case)),
        }


def _source(case: PrivacyCase) -> str:
    return case.contact.source if case.contact else ""


def print_export(*, case: PrivacyCase, on: date, actor: Actor) -> dict[str, Any]:
    """The export for the person at the terminal, on record like one that is sent; what names others
    is blacked out.

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


def export_token(case: PrivacyCase) -> str:
    """The secret of the link; made again at hand-off, only its hash is stored."""
    return derived_token("privacy-export", case.pk, case.address_hash)


def release_export(
    *,
    case: PrivacyCase,
    seen: str,
    decisions: Mapping[str, str],
    on: date,
    actor: Actor,
) -> PrivacyCase:
    """Stores page and JSON as reviewed and answers with an expiring link. Not inside a transaction.

    ``seen`` is the digest of the draft that staff read; ``decisions`` by record.

    Raises: RuleBroken without a confirmed identity, for another kind of case, or when the data changed
    since the review; BadInput for an unknown decision; InvalidTransition in another state.
    """
    if case.kind != CaseKind.ACCESS:
        raise RuleBroken("Only an access request is answered with an export.")
    _require_identity(case)
    draft = draft_export(case)
    if draft.digest != seen:
        raise RuleBroken("The data changed since you read them; look again.", code="changed")
    keys = {record.key for record in draft.records}
    if set(decisions) - keys or set(decisions.values()) - set(DECISIONS):
        raise BadInput("This decision is not known.", code="decision")
    data = build_export(case, on=on, decisions=decisions, draft=draft)
    page = _store(case, export_page(data, case.language), "html", "text/html", on)
    body = _store(case, json.dumps(data, ensure_ascii=False, indent=2), "json",
                  "application/json", on)  # fmt: skip
    with transaction.atomic():
        transition(
            case, to=CaseState.ANSWERED, table=CASE_TRANSITIONS, actor=actor,
            also={"answered_at": dates.now(),
                  "outcome": Outcome.PARTIAL if data["withheld"] else Outcome.GRANTED},
        )  # fmt: skip
        AccessExport.objects.create(
            case=case, decisions=dict(decisions), token_hash=token_hash(export_token(case)),
            expires_on=on + timedelta(days=LINK_DAYS), page=page, data=body,
            released_at=dates.now(), released_by=actor_user(actor),
        )  # fmt: skip
        queue_case_mail(case, "privacy.export")
        audit.record(
            stream_of(case), "export", actor=actor,
            facts={"file": body.sha256, "records": len(data["data"]), "withheld": data["withheld"]},
        )  # fmt: skip
    return case


def export_page(data: dict[str, Any], language: str) -> str:
    """The readable page, complete in itself."""
    with translation.override(language):
        return render_to_string("privacy/export_page.html", {"data": data, "language": language})


def _store(case: PrivacyCase, content: str, end: str, media_type: str, on: date) -> StoredDocument:
    return documents.store_new(
        content.encode(), kind=KIND, subject=f"privacy.privacycase:{case.pk}",
        file_name=f"{case.reference}.{end}", media_type=media_type,
        delete_after=on + timedelta(days=LINK_DAYS + 1),
    )  # fmt: skip


def export_behind(token: str, *, on: date) -> AccessExport | None:
    """The released export behind a link; None when unknown or expired."""
    return (
        AccessExport.objects.filter(token_hash=token_hash(token), expires_on__gte=on)
        .select_related("case", "page", "data")
        .first()
    )


def fetch_export(*, token: str, which: str, on: date, actor: Actor) -> StoredDocument | None:
    """Page (``page``) or file (``data``) behind a link, each download on record."""
    export = export_behind(token, on=on)
    document = None if export is None else export.page if which == "page" else export.data
    if export is None or document is None or document.removed:
        return None
    with transaction.atomic():
        AccessExport.objects.filter(pk=export.pk).update(
            fetched=F("fetched") + 1, fetched_at=dates.now()
        )
        audit.record(stream_of(export.case), "export_fetched", actor=actor,
                     facts={"which": "page" if which == "page" else "data"})  # fmt: skip
    return document
