"""The residual scan: every text, JSON, file-name, binary and history column of every table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from backoffice.core.personal_data import Subject, base_of
from contacts.privacy.models import PlanItem, PrivacyCase

TEXT = (models.CharField, models.TextField)
# The case itself holds the address until it is closed; hashes and chains hold no values.
LEFT_OUT = frozenset(
    {"privacy.privacycase", "core.auditevent", "core.auditstream", "contenttypes.contenttype",
     "auth.permission"}
)  # fmt: skip


def searched_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def scan_term(term: str, *, left_out: Iterable[str] = ()) -> list[dict[str, str]]:
    """Where ``term`` occurs, as model, field and primary key; never the value. Case is ignored."""
    skip = set(left_out)
    found: list[dict[str, str]] = []
    for model in searched_models():
        label = model._meta.label_lower
        if label in skip:
            continue
        for field in model._meta.concrete_fields:
            for pk in _hits(model, field, term):
                found.append({"model": label, "field": field.name, "pk": str(pk)})
    return found


def _hits(model: type[models.Model], field: models.Field, term: str) -> list:
    rows = model._base_manager.all()
    if isinstance(field, models.JSONField):
        escaped = json.dumps(term)[1:-1]
        rows = rows.annotate(_text=Cast(field.name, models.TextField()))
        rows = rows.filter(Q(_text__icontains=term) | Q(_text__icontains=escaped))
    elif isinstance(field, models.BinaryField):
        return _binary_hits(model, field, term)
    elif isinstance(field, TEXT):
        rows = rows.filter(**{f"{field.name}__icontains": term})
    else:
        return []
    return list(rows.order_by().values_list("pk", flat=True)[:200])


def _binary_hits(model: type[models.Model], field: models.Field, term: str) -> list:
    needle = term.lower().encode()
    rows = model._base_manager.order_by().values_list("pk", field.name)
    return [
        pk
        for pk, value in rows.iterator(chunk_size=100)
        if value is not None and needle in bytes(value).lower()
    ]


def scan_subject(subject: Subject, *, case: PrivacyCase | None = None) -> list[dict[str, str]]:
    """Addresses and phone numbers anywhere; names as the pair of both parts in one field."""
    kept = _kept(case)
    found = [
        hit
        for address in sorted(subject.addresses)
        for hit in scan_term(address, left_out=LEFT_OUT)
    ]
    found += [
        hit for phone in sorted(subject.phones) if len(phone) > 6
        for hit in scan_term(phone, left_out=LEFT_OUT)
    ]  # fmt: skip
    for given, family in sorted(subject.names):
        if len(given) > 1 and len(family) > 1:
            found += _pair_hits(given, family)
    unique = {(hit["model"], hit["field"], hit["pk"]): hit for hit in found}
    return [hit for (model, _field, pk), hit in sorted(unique.items()) if (model, pk) not in kept]


def _pair_hits(given: str, family: str) -> list[dict[str, str]]:
    """The full name in either order within one field."""
    return [
        hit
        for term in (f"{given} {family}", f"{family}, {given}", f"{family} {given}")
        for hit in scan_term(term, left_out=LEFT_OUT)
    ]


def still_there(hit: dict[str, str]) -> bool:
    """Whether an earlier finding still has its row and a value in its field."""
    row = apps.get_model(hit["model"])._base_manager.filter(pk=hit["pk"]).first()
    return row is not None and bool(getattr(row, hit["field"]))


def _kept(case: PrivacyCase | None) -> set[tuple[str, str]]:
    """Rows that the approved plan keeps, with their history."""
    if case is None:
        return set()
    kept: set[tuple[str, str]] = set()
    for item in PlanItem.objects.filter(case=case, action="keep"):
        model = apps.get_model(item.model)
        kept |= {(model._meta.label_lower, str(pk)) for pk in item.row_ids}
        versions = getattr(getattr(model, "history", None), "model", None)
        if versions is not None and base_of(versions) is model:
            keys = versions.objects.filter(
                **{f"{model._meta.pk.name}__in": item.row_ids}
            ).values_list("pk", flat=True)
            kept |= {(versions._meta.label_lower, str(pk)) for pk in keys}
    return kept
