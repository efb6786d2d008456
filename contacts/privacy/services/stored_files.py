"""Stored files that name a person: what was written from people's rows, and what staff put there."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from backoffice.core.enums import StorageState
from backoffice.core.errors import RollcallError
from backoffice.core.mentions import Mentions
from backoffice.core.models import StoredDocument
from backoffice.core.models.documents import REMOVED_NAME
from backoffice.core.personal_data import Subject
from backoffice.core.services import documents
from contacts.privacy.file_text import UnreadableFileError, text_of


def searched_documents() -> QuerySet[StoredDocument]:
    """Files with bytes that are not covered by the record they belong to."""
    return (
        StoredDocument.objects.filter(state=StorageState.STORED)
        .exclude(kind__in=documents.kinds_with_care("record", "nobody"))
        .exclude(file_name__startswith=REMOVED_NAME)
        .order_by("pk")
    )


def documents_naming(mentions: Mentions) -> Iterator[StoredDocument]:
    """Searched files whose name or words name the person."""
    if not mentions:
        return
    for document in searched_documents().iterator(chunk_size=100):
        if mentions.in_text(document.file_name) or mentions.in_text(words_of(document)):
            yield document


def words_of(document: StoredDocument) -> str:
    """The words of the file; empty for one that is missing or cannot be read."""
    try:
        return text_of(documents.read_bytes(document))
    except (UnreadableFileError, RollcallError):
        return ""


def cannot_be_read(document: StoredDocument) -> bool:
    """Whether the bytes are there and nobody can say whom they name (encrypted, damaged)."""
    try:
        text_of(documents.read_bytes(document))
    except UnreadableFileError:
        return True
    except RollcallError:
        return False
    return False


def files_to_drop(subject: Subject) -> QuerySet[StoredDocument]:
    """Files that only served a purpose: they go as a whole when they name the person, and when
    they cannot be read."""
    mentions = Mentions(subject)
    dropping = documents.kinds_with_care("drop")
    pks = [document.pk for document in documents_naming(mentions) if document.kind in dropping]
    if mentions:
        pks += [
            document.pk
            for document in searched_documents().filter(kind__in=dropping)
            if cannot_be_read(document)
        ]
    return StoredDocument.objects.filter(pk__in=pks)


def files_to_decide(subject: Subject) -> QuerySet[StoredDocument]:
    """Other files that name the person, and files named after the person."""
    decided = documents.kinds_with_care("drop", "record", "nobody")
    naming = [
        document.pk
        for document in documents_naming(Mentions(subject))
        if document.kind not in decided
    ]
    return StoredDocument.objects.filter(Q(pk__in=naming))
