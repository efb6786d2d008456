"""What the residual scan found, and how each place is settled: erased, reworded or justified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.personal_data import MAP, Subject, base_of, history_model
from backoffice.core.services import audit, documents
from contacts.privacy.models import PlanItem, PrivacyCase
from contacts.privacy.services.cases import stream_of
from contacts.privacy.services.erase import action_of, erase_rows
from contacts.privacy.services.scan import (
    Hit,
    kept_places,
    planned_places,
    scan_subject,
    still_there,
)
from contacts.privacy.services.subjects import subject_of_case

REMOVED = "[removed]"


def place(hit: Hit) -> tuple[str, str, str]:
    return hit["model"], hit["field"], hit["pk"]


def outside_plan(subject: Subject, case: PrivacyCase) -> list[Hit]:
    """Places that name the person and that the plan neither keeps nor erases."""
    covered = planned_places(PlanItem.objects.filter(case=case))
    return [hit for hit in scan_subject(subject) if (hit["model"], hit["pk"]) not in covered]


def open_findings(case: PrivacyCase) -> list[Hit]:
    """Findings that nobody has justified; they block the answer."""
    return [hit for hit in case.scan_findings if not hit.get("why")]


def rescan(*, case: PrivacyCase, actor: Actor, subject: Subject | None = None) -> list[Hit]:
    """Searches everything for what is left; rows kept by the plan are not findings.

    Called again later, names and telephone numbers are known no more: what was found before stays
    a finding until its row is gone or its field is empty. What was justified stays so.
    """
    kept = kept_places(case)
    found = [
        hit
        for hit in scan_subject(subject or subject_of_case(case))
        if (hit["model"], hit["pk"]) not in kept
    ]
    known = {place(hit) for hit in found}
    before = {place(hit): hit for hit in case.scan_findings}
    if subject is None:
        found += [hit for key, hit in before.items() if key not in known and still_there(hit)]
    found = [before.get(place(hit), hit) for hit in found]
    with transaction.atomic():
        PrivacyCase.objects.filter(pk=case.pk).update(scan_findings=found, scanned_at=dates.now())
        audit.record(stream_of(case), "scan", actor=actor, facts={"findings": len(found)})
    case.refresh_from_db()
    return found


def _finding(case: PrivacyCase, model: str, field: str, pk: str) -> Hit:
    for hit in case.scan_findings:
        if place(hit) == (model, field, pk):
            return hit
    raise RuleBroken("This is not a finding of the case.", code="not_a_finding")


def redact_finding(
    *, case: PrivacyCase, model: str, field: str, pk: str, actor: Actor
) -> PrivacyCase:
    """Erases one row that the scan found, as its model declares, or deletes the found file;
    recorded without the value.

    Raises: RuleBroken when it is not a finding of this case or its model declares nothing to erase.
    """
    _finding(case, model, field, pk)
    found_in = apps.get_model(model)
    base = base_of(found_in)
    label = base._meta.label_lower
    row = found_in._base_manager.filter(pk=pk).first()
    if isinstance(row, StoredDocument):
        documents.delete_bytes(row)
    elif label not in MAP or action_of(label) == "keep" or field not in MAP.get(label).personal:
        raise RuleBroken(
            "This record is kept or its field is declared as nobody's: reword or justify it.",
            code="not_erasable",
        )
    with transaction.atomic():
        if row is not None and not isinstance(row, StoredDocument):
            erase_rows(label, [getattr(row, base._meta.pk.attname)])
        audit.record(
            stream_of(case), "redact_finding", actor=actor, facts={"model": label, "pk": str(pk)}
        )
    rescan(case=case, actor=actor)
    return case


def reword_finding(
    *, case: PrivacyCase, model: str, field: str, pk: str, words: str, actor: Actor
) -> PrivacyCase:
    """Replaces the given words by ``[removed]`` in the found field and all its versions. The words
    are used and forgotten: neither stored nor logged.

    Raises: BadInput when they do not stand there; RuleBroken when it is not a finding of this case or
    the field is no text.
    """
    _finding(case, model, field, pk)
    found_in = apps.get_model(model)
    if not isinstance(_field(found_in, field), models.CharField | models.TextField):
        raise RuleBroken("Only text can be reworded.", code="no_text")
    if len(words.strip()) < 2:
        raise BadInput("Say which words go.", code="words", where="words")
    base = base_of(found_in)
    row = found_in._base_manager.get(pk=pk)
    key = {base._meta.pk.attname: getattr(row, base._meta.pk.attname)}
    versions = history_model(base)
    pattern = re.compile(re.escape(words.strip()), re.IGNORECASE)
    with transaction.atomic():
        reworded = {
            done
            for each in (base, versions)
            if each is not None
            for done in _reword(each, key, field, pattern)
        }
        if not reworded:
            raise BadInput("These words do not stand there.", code="words", where="words")
        audit.record(
            stream_of(case), "reword_finding", actor=actor,
            facts={"model": base._meta.label_lower, "pk": str(pk), "field": field,
                   "rows": len(reworded)},
        )  # fmt: skip
        # A later scan knows the address only: what was reworded is settled here.
        rest = [other for other in case.scan_findings if place(other) not in reworded]
        PrivacyCase.objects.filter(pk=case.pk).update(scan_findings=rest)
    case.refresh_from_db()
    return case


def _field(model: type[models.Model], name: str) -> Any:
    return None if name == "content" else model._meta.get_field(name)


def _reword(
    model: type[models.Model], key: dict[str, Any], field: str, pattern: re.Pattern[str]
) -> Iterator[tuple[str, str, str]]:
    """Replaces the words in the rows of the model (one, or all versions); the places changed."""
    longest = model._meta.get_field(field).max_length  # type: ignore[union-attr]
    for pk, text in list(model._base_manager.filter(**key).values_list("pk", field)):
        new = pattern.sub(REMOVED, text or "")[:longest]
        if new != (text or ""):
            model._base_manager.filter(pk=pk).update(**{field: new})
            yield model._meta.label_lower, field, str(pk)


def justify_finding(
    *, case: PrivacyCase, model: str, field: str, pk: str, reason: str, actor: Actor
) -> PrivacyCase:
    """The place names somebody else, or may stay for a reason; it blocks no more.

    Raises: BadInput without a reason or with an address in it; RuleBroken as above.
    """
    hit = _finding(case, model, field, pk)
    if not reason.strip() or "@" in reason:
        raise BadInput("Say why it may stay, without an address.", code="reason", where="reason")
    findings = [
        {**other, "why": reason.strip()[:200]} if place(other) == place(hit) else other
        for other in case.scan_findings
    ]
    with transaction.atomic():
        PrivacyCase.objects.filter(pk=case.pk).update(scan_findings=findings)
        audit.record(
            stream_of(case), "justify_finding", actor=actor, facts={"model": model, "pk": str(pk)}
        )
    case.refresh_from_db()
    return case
