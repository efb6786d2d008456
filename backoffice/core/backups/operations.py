"""Backup and restore of an installation: the two acts behind the commands of the same names."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from backoffice.core.backups import databases
from backoffice.core.backups.archive import (
    DamagedArchiveError,
    Member,
    extract,
    verify_archive,
    write_archive,
)

DOCUMENTS = "documents/"
PENDING = "restore-pending"


def back_up(target: Path, *, at: datetime) -> int:
    """Writes database and stored documents into ``target`` while the site runs.

    The database comes first: a document is stored before the row that names it, so every row of
    the copy finds its file. Documents in a remote storage are not included; the manifest says so.

    Returns: the number of files in the archive. Raises: DatabaseToolError, OSError.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        copy = Path(folder) / "database"
        databases.dump(copy)
        return write_archive(target, _members(copy), _facts(at))


def _members(copy: Path) -> Iterator[Member]:
    yield Member(databases.DUMPS[databases.vendor()], copy)
    root = documents_folder()
    if root is not None and root.is_dir():
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield Member(DOCUMENTS + path.relative_to(root).as_posix(), path)


def _facts(at: datetime) -> dict[str, Any]:
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "product": "rollcall",
        "made_at": at.isoformat(timespec="seconds"),
        "database": databases.vendor(),
        "documents": "included" if documents_folder() is not None else "external",
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
    }


def documents_folder() -> Path | None:
    """The folder of the stored documents, or None when they live in a remote storage."""
    storage = default_storage
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None


def restore(source: Path, *, at: datetime) -> dict[str, Any]:
    """Replaces database and documents by those of a verified archive.

    The archive is compared with its manifest before anything is touched. The mark
    ``restore-pending`` in VAR_DIR stays until the removals since the backup were replayed.

    Returns: the manifest. Raises: DamagedArchiveError, DatabaseToolError, OSError.
    """
    manifest = verify_archive(source)
    if manifest["database"] != databases.vendor():
        raise DamagedArchiveError(
            f"{source.name} holds a {manifest['database']} database, this installation uses "
            f"{databases.vendor()}"
        )
    var = Path(settings.VAR_DIR)
    var.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=var, prefix=".restore-") as folder:
        staging = Path(folder)
        extract(source, "database/", staging)
        extract(source, DOCUMENTS, staging / "documents")
        was_pending = (var / PENDING).exists()
        mark = {"backup_made_at": manifest["made_at"], "restored_at": at.isoformat()}
        (var / PENDING).write_text(json.dumps(mark), encoding="utf-8")
        try:
            databases.load(staging / Path(databases.DUMPS[databases.vendor()]).name)
        except BaseException:
            if not was_pending:
                (var / PENDING).unlink()
            raise
        if manifest["documents"] == "included":
            _swap_documents(staging / "documents", at)
    return manifest


def _swap_documents(fresh: Path, at: datetime) -> None:
    root = documents_folder()
    if root is None:
        return
    fresh.mkdir(parents=True, exist_ok=True, mode=0o700)
    if root.exists():
        root.rename(root.with_name(f"{root.name}.before-restore-{at:%Y%m%dT%H%M%S}"))
    root.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(str(fresh), str(root))
