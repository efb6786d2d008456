"""A file per organisation: taken in from one upload, attached to the mails of its people."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath

from django.db import transaction
from django.db.models import Q

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RollcallError, RuleBroken
from backoffice.core.services import audit, documents
from backoffice.core.texts import fold
from backoffice.delivery.mime import Part
from backoffice.delivery.models import Delivery
from contacts.enums import IdentifierKind
from contacts.imports.tabular import unpack
from contacts.models import Identifier, Organisation
from mailings.enums import MailingState
from mailings.models import Mailing, MailingFile

KIND = "mailings.file"
ALLOWED = {".pdf", ".csv", ".xlsx", ".txt", ".json", ".xml"}
MOST_BYTES = 5 * 1024 * 1024  # relays commonly refuse a mail of more than ten megabytes
MOST_FILES = 5000
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Found:
    """One file of the upload and the organisation its name says."""

    organisation: Organisation
    file_name: str
    content: bytes


def match_files(uploads: Sequence[tuple[str, bytes]]) -> list[Found]:
    """Each file with its organisation. The name is the symbol, the ROR id, another identifier or
    the name of the organisation, with or without words after a space: ``BL report.pdf``.

    Raises: BadInput naming every file that fits no organisation or several, is empty, too large or
    of another kind; nothing is stored then.
    """
    found: list[Found] = []
    problems: list[str] = []
    taken: dict[int, str] = {}
    for path, content in uploads:
        name = PurePosixPath(path.replace("\\", "/")).name
        if name.startswith(".") or "__MACOSX" in path:
            continue
        problem, organisation = _checked(name, content)
        if organisation is not None and organisation.pk in taken:
            problem = f"{name}: {organisation} has {taken[organisation.pk]} already"
        if problem or organisation is None:
            problems.append(problem)
            continue
        taken[organisation.pk] = name
        found.append(Found(organisation, name, content))
    if problems:
        shown = "; ".join(problems[:10])
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise BadInput(f"Nothing was stored. {shown}{more}.", where="files")
    if not found:
        raise BadInput("The upload holds no file.", where="files")
    return found


def _checked(name: str, content: bytes) -> tuple[str, Organisation | None]:
    path = PurePosixPath(name)
    if path.suffix.lower() not in ALLOWED:
        return f"{name}: only {', '.join(sorted(ALLOWED))} can be attached", None
    if not content:
        return f"{name}: the file is empty", None
    if len(content) > MOST_BYTES:
        return f"{name}: larger than {MOST_BYTES // 1024 // 1024} MB", None
    organisations = _organisations(path.stem)
    if len(organisations) != 1:
        word = "no organisation" if not organisations else f"{len(organisations)} organisations"
        return f"{name}: the name fits {word}", None
    return "", organisations[0]


def _organisations(stem: str) -> list[Organisation]:
    for words in (stem, re.split(r"[ _]", stem, maxsplit=1)[0]):
        named = Q(value__iexact=words) | Q(kind=IdentifierKind.ROR, value__iendswith=f"/{words}")
        numbers = Identifier.objects.filter(named).values("organisation")
        current = Organisation.objects.current()
        rows = list(current.filter(pk__in=numbers))
        if not rows and words == stem:
            rows = list(current.filter(name_folded=fold(words)))
        if rows:
            return rows
    return []


def add_files(
    *, mailing: Mailing, uploads: Sequence[tuple[str, bytes]], actor: Actor
) -> list[MailingFile]:
    """Stores the files of an upload (each may be an archive); a newer file of an organisation takes
    the older one's place.

    Raises: BadInput as :func:`match_files`; Unreadable for a broken archive; RuleBroken once the
    mailing has left draft, or without a segment.
    """
    if mailing.state != MailingState.DRAFT:
        raise RuleBroken("Files are added to a draft only.", code="not_draft")
    if mailing.segment is None:
        raise RuleBroken(
            "Files go to the people of a segment; choose one first.", code="no_segment"
        )
    found = match_files(
        [part for name, content in uploads for part in unpack(content, name, MOST_FILES)]
    )
    stored = []
    for item in found:
        document = documents.store_new(
            item.content,
            kind=KIND,
            subject=f"mailings.mailing:{mailing.pk}",
            file_name=item.file_name[:200],
            media_type=media_type(item.file_name),
            delete_after=dates.today() + KEPT,
        )
        stored.append((item, document))
    with transaction.atomic():
        rows = [
            MailingFile.objects.update_or_create(
                mailing=mailing,
                organisation=item.organisation,
                defaults={"document": document, "file_name": item.file_name[:120]},
            )[0]
            for item, document in stored
        ]
        audit.record(
            f"mailing:{mailing.pk}", "files", actor=actor, subject=mailing,
            facts={"files": len(rows)},
        )  # fmt: skip
    return rows


def media_type(file_name: str) -> str:
    """By the ending, for mail programs."""
    return mimetypes.guess_type(file_name)[0] or "application/octet-stream"


def remove_files(*, mailing: Mailing, actor: Actor) -> int:
    """Takes every file off a draft. Raises: RuleBroken once it has left draft."""
    if mailing.state != MailingState.DRAFT:
        raise RuleBroken("Files are removed from a draft only.", code="not_draft")
    with transaction.atomic():
        count = mailing.files.all().delete()[0]
        audit.record(
            f"mailing:{mailing.pk}", "no_files", actor=actor, subject=mailing,
            facts={"files": count},
        )  # fmt: skip
    return count


def about(organisation_id: int) -> str:
    """What a delivery with a file is about."""
    return f"contacts.organisation:{organisation_id}"


def parts_for(rows: Sequence[Delivery]) -> tuple[dict[int, list[Part]], set[int]]:
    """(Delivery id → the file of its organisation, ids whose file cannot be read)."""
    wanted = {(row.mailing_ref, row.organisation_ref) for row in rows if row.organisation_ref}
    if not wanted:
        return {}, set()
    files = MailingFile.objects.filter(
        mailing__in={mailing for mailing, _organisation in wanted},
        organisation__in={organisation for _mailing, organisation in wanted},
    ).select_related("document")
    content: dict[tuple[int | None, int | None], list[Part] | None] = {}
    for item in files:
        key = (item.mailing_id, item.organisation_id)
        if key in wanted:
            content[key] = _read(item)
    parts, broken = {}, set()
    for row in rows:
        found = content.get((row.mailing_ref, row.organisation_ref), [])
        if found is None:
            broken.add(row.pk)
        elif found:
            parts[row.pk] = found
    return parts, broken


def _read(item: MailingFile) -> list[Part] | None:
    try:
        data = documents.read_bytes(item.document)
    except RollcallError:
        return None
    return [Part(item.file_name, media_type(item.file_name), data)]
