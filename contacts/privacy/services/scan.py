"""The residual scan: every text, JSON, file-name, binary and history column of every table, sessions
and stored uploads included. Its findings are places, never values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models

from backoffice.core.mentions import Mentions, contains, flat, mentioning, text_fields, written
from backoffice.core.personal_data import Subject, base_of, history_model
from contacts.privacy.enums import PlanAction
from contacts.privacy.file_text import text_of_mail
from contacts.privacy.models import PlanItem, PrivacyCase
from contacts.privacy.services.stored_files import documents_naming

Hit = dict[str, str]
# The case itself holds the address until it is closed; hashes and chains hold no values.
LEFT_OUT = frozenset(
    {"privacy.privacycase", "core.auditevent", "core.auditstream", "contenttypes.contenttype",
     "auth.permission"}
)  # fmt: skip


def searched_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def scan_term(term: str, *, left_out: Iterable[str] = ()) -> list[Hit]:
    """Where ``term`` occurs: an address, a telephone number in any spelling, a name in any order, or
    any other word. Case and accents are ignored."""
    return find_mentions(Term(term), left_out=frozenset(left_out))


def scan_subject(subject: Subject) -> list[Hit]:
    """Where the person is named."""
    return find_mentions(Mentions(subject), left_out=LEFT_OUT)


class Term(Mentions):
    """One search word: as it stands, and as the address, number or name that it may be."""

    def __init__(self, term: str) -> None:
        given, _space, family = term.strip().rpartition(" ")
        digits = term if sum(char.isdigit() for char in term) > len(term) // 2 else ""
        super().__init__(
            Subject(
                addresses=frozenset({term.strip()} if "@" in term else ()),
                names=frozenset({(given, family)} if given and not digits else ()),
                phones=frozenset({digits} if digits else ()),
            )
        )
        self.word = term.strip()

    def __bool__(self) -> bool:
        return bool(self.word)

    def in_text(self, value: Any) -> bool:
        return super().in_text(value) or flat(self.word) in flat(value)

    def candidates(self, column: str) -> models.Q:
        wanted = super().candidates(column)
        for spelling in written(self.word):
            wanted |= contains(column, spelling)
        return wanted


def find_mentions(mentions: Mentions, *, left_out: frozenset[str]) -> list[Hit]:
    """Every place, sorted by model, field and key."""
    found: list[Hit] = []
    for model in searched_models():
        label = model._meta.label_lower
        if label in left_out:
            continue
        for pk, fields in _in_columns(model, mentions).items():
            found += [{"model": label, "field": name, "pk": str(pk)} for name in fields]
    found += [{"model": "core.storeddocument", "field": "content", "pk": str(document.pk)}
              for document in documents_naming(mentions)]  # fmt: skip
    unique = {(hit["model"], hit["field"], hit["pk"]): hit for hit in found}
    return [hit for _key, hit in sorted(unique.items())]


def _in_columns(model: type[models.Model], mentions: Mentions) -> dict[Any, list[str]]:
    if model is Session:
        return _in_sessions(mentions)
    found = mentioning(
        model._base_manager.all(), [field.name for field in text_fields(model)], mentions
    )
    for field in model._meta.concrete_fields:
        if isinstance(field, models.BinaryField):
            for pk in _in_binary(model, field.name, mentions):
                found.setdefault(pk, []).append(field.name)
    return found


def _in_sessions(mentions: Mentions) -> dict[Any, list[str]]:
    """Sessions are signed and packed: each is opened."""
    return {
        session.pk: ["session_data"]
        for session in Session.objects.iterator()
        if mentions.in_text(session.get_decoded())
    }


def _in_binary(model: type[models.Model], name: str, mentions: Mentions) -> Iterator[Any]:
    """Stored messages are read part by part; sealed ballots are not messages and never match."""
    rows = model._base_manager.order_by().values_list("pk", name)
    for pk, value in rows.iterator(chunk_size=100):
        if value is not None and mentions.in_text(text_of_mail(bytes(value))):
            yield pk


def still_there(hit: Hit) -> bool:
    """Whether an earlier finding still has its row and a value in its field."""
    row = apps.get_model(hit["model"])._base_manager.filter(pk=hit["pk"]).first()
    if row is not None and hit["field"] == "content":
        return not row.removed  # type: ignore[attr-defined]
    return row is not None and bool(getattr(row, hit["field"]))


Place = tuple[str, str]


def kept_places(case: PrivacyCase) -> set[Place]:
    """Rows that the approved plan keeps, with their versions."""
    return planned_places(PlanItem.objects.filter(case=case, action=PlanAction.KEEP))


def planned_places(items: Iterable[PlanItem]) -> set[Place]:
    """(model, key) of the rows of these plan items and of all their versions."""
    places: set[Place] = set()
    for item in items:
        model = apps.get_model(item.model)
        places |= {(model._meta.label_lower, str(pk)) for pk in item.row_ids}
        versions = history_model(model)
        if versions is not None and base_of(versions) is model:
            keys = versions.objects.filter(  # type: ignore[attr-defined]
                **{f"{model._meta.pk.name}__in": item.row_ids}
            ).values_list("pk", flat=True)
            places |= {(versions._meta.label_lower, str(pk)) for pk in keys}
    return places
