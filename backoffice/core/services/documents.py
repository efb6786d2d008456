"""Private storage: row first, bytes second, hash third; a stored document never changes."""

from __future__ import annotations

import hashlib
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from backoffice.core import dates
from backoffice.core.enums import StorageState
from backoffice.core.errors import InvalidTransition, RollcallError
from backoffice.core.models import StoredDocument, User
from backoffice.core.models.documents import REMOVED_NAME
from backoffice.core.registry import Registry

# Kind → permission (``app.codename``) without which nobody sees or fetches documents of it.
DOCUMENT_PERMISSIONS: Registry[str] = Registry("document permissions")
# Kind → what the removal of a person means for its files. "drop": written from people's rows for a
# purpose of its own, goes when it names the person; "record": stands and falls with a record, whose
# rule counts; "nobody": names no person. Every other kind may hold anything: it is searched, and
# staff decide.
DOCUMENT_CARE: Registry[str] = Registry("document care")


def may_open(user: User | AnonymousUser, kind: str) -> bool:
    """Whether this login may fetch documents of ``kind``; a kind nobody registered is refused."""
    return kind in DOCUMENT_PERMISSIONS and user.has_perm(DOCUMENT_PERMISSIONS.get(kind))


def kinds_open_to(user: User | AnonymousUser) -> list[str]:
    """The kinds of document that this login may see."""
    return [kind for kind in DOCUMENT_PERMISSIONS.names() if may_open(user, kind)]


def kinds_with_care(*care: str) -> list[str]:
    """The kinds registered under one of these words."""
    return [kind for kind, word in DOCUMENT_CARE if word in care]


def plan_document(
    *, kind: str, subject: str, file_name: str, media_type: str, delete_after: date | None = None
) -> StoredDocument:
    """The row of a document to come, in the caller's transaction. The bytes follow with
    :func:`store_bytes` outside of it."""
    return StoredDocument.objects.create(
        kind=kind,
        subject=subject,
        file_name=file_name,
        media_type=media_type,
        delete_after=delete_after,
    )


def store_bytes(document: StoredDocument, content: bytes) -> StoredDocument:
    """Writes the bytes, then the hash. A repeat with the same bytes is a no-op.

    Raises: InvalidTransition when other bytes are stored already; RuntimeError in a transaction.
    """
    if in_transaction():
        raise RuntimeError("files are never written inside a transaction")
    digest = hashlib.sha256(content).hexdigest()
    document.refresh_from_db()
    if document.state == StorageState.STORED:
        if document.sha256 != digest:
            raise InvalidTransition("A stored document never changes; make a new one.")
        return document
    path = f"{document.kind}/{document.pk.hex[:2]}/{document.pk}-{digest[:12]}"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(content))
    with transaction.atomic():
        StoredDocument.objects.filter(pk=document.pk).exclude(state=StorageState.STORED).update(
            state=StorageState.STORED,
            path=path,
            size=len(content),
            sha256=digest,
            stored_at=dates.now(),
        )
    document.refresh_from_db()
    return document


def in_transaction() -> bool:
    """Whether a transaction is open that is not just the wrapping of a test case."""
    return any(not block._from_testcase for block in connection.atomic_blocks)  # type: ignore[attr-defined]


def store_new(
    content: bytes,
    *,
    kind: str,
    subject: str,
    file_name: str,
    media_type: str,
    delete_after: date | None = None,
) -> StoredDocument:
    """Row and bytes in one go, outside a transaction."""
    row = plan_document(
        kind=kind,
        subject=subject,
        file_name=file_name,
        media_type=media_type,
        delete_after=delete_after,
    )
    return store_bytes(row, content)


def read_bytes(document: StoredDocument) -> bytes:
    """The stored bytes. Raises: RollcallError when missing or when the hash differs."""
    if document.state != StorageState.STORED:
        raise RollcallError(f"Document {document.pk} is not stored yet.", code="not_stored")
    try:
        with default_storage.open(document.path, "rb") as handle:
            content = handle.read()
    except OSError as error:
        raise RollcallError(f"Document {document.pk} is missing.", code="missing") from error
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise RollcallError(f"Document {document.pk} was changed after it was stored.", code="hash")
    return content


def delete_bytes(document: StoredDocument) -> None:
    """Removes the file of a document whose time is over or whose person is erased.

    The row stays with its hash as evidence that it existed.
    """
    if document.path and default_storage.exists(document.path):
        default_storage.delete(document.path)
    StoredDocument.objects.filter(pk=document.pk).update(
        file_name=f"{REMOVED_NAME}{document.pk}", subject=""
    )
