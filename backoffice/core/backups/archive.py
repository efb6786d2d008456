"""The archive: a tar whose last members are a manifest of SHA-256 and the manifest's digest.

Pure: knows files and folders, no database and no settings.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

MANIFEST = "manifest.json"
DIGEST = "manifest.json.sha256"
FORMAT = 1
BLOCK = 1024 * 1024


class DamagedArchiveError(Exception):
    """The archive is not what its manifest says; the message names the member."""


@dataclass(frozen=True)
class Member:
    """A file to be archived under a name."""

    name: str
    path: Path


def write_archive(target: Path, members: Iterable[Member], facts: dict[str, Any]) -> int:
    """Writes the archive beside ``target`` and renames it there when it is complete.

    Returns: the number of files in it, manifest not counted.
    """
    fresh = target.with_name(target.name + ".part")
    files: list[dict[str, Any]] = []
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            for member in members:
                files.append(_add(tar, member))
            manifest = {"format": FORMAT, **facts, "files": files}
            text = json.dumps(manifest, indent=1, sort_keys=True).encode()
            _add_bytes(tar, MANIFEST, text)
            _add_bytes(tar, DIGEST, hashlib.sha256(text).hexdigest().encode())
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return len(files)


def _add(tar: tarfile.TarFile, member: Member) -> dict[str, Any]:
    info = tarfile.TarInfo(member.name)
    with member.path.open("rb") as file:
        stat = os.fstat(file.fileno())
        info.size, info.mtime, info.mode = stat.st_size, int(stat.st_mtime), 0o600
        reader = _HashingReader(file)
        tar.addfile(info, reader)  # type: ignore[arg-type]
    return {"name": member.name, "size": info.size, "sha256": reader.digest.hexdigest()}


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


class _HashingReader:
    """A file that hashes what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.digest.update(block)
        return block


def verify_archive(source: Path) -> dict[str, Any]:
    """Reads the whole archive and compares it with its manifest. Touches nothing.

    Returns: the manifest. Raises: DamagedArchiveError.
    """
    seen: dict[str, tuple[int, str]] = {}
    texts: dict[str, bytes] = {}
    try:
        with tarfile.open(source, mode="r:") as tar:
            for info in tar:
                file = _regular(tar, info, seen)
                if info.name in (MANIFEST, DIGEST):
                    texts[info.name] = file.read()
                else:
                    seen[info.name] = _measure(file)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DamagedArchiveError(f"{source.name} cannot be read as an archive: {error}") from error
    return _compare(source, seen, texts)


def _regular(tar: tarfile.TarFile, info: tarfile.TarInfo, seen: dict[str, Any]) -> IO[bytes]:
    path = PurePosixPath(info.name)
    if not info.isreg() or path.is_absolute() or ".." in path.parts or info.name in seen:
        raise DamagedArchiveError(f"{info.name!r} does not belong into an archive of this kind")
    file = tar.extractfile(info)
    assert file is not None  # a regular member always has content
    return file


def _measure(file: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for block in _blocks(file):
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _compare(
    source: Path, seen: dict[str, tuple[int, str]], texts: dict[str, bytes]
) -> dict[str, Any]:
    if set(texts) != {MANIFEST, DIGEST}:
        raise DamagedArchiveError(f"{source.name} has no manifest: it is cut off or not a backup")
    if hashlib.sha256(texts[MANIFEST]).hexdigest().encode() != texts[DIGEST]:
        raise DamagedArchiveError(f"the manifest of {source.name} was changed")
    manifest: dict[str, Any] = json.loads(texts[MANIFEST])
    if manifest.get("format") != FORMAT:
        raise DamagedArchiveError(f"{source.name} has format {manifest.get('format')!r}, not 1")
    promised = {file["name"]: (file["size"], file["sha256"]) for file in manifest["files"]}
    for name in sorted(promised.keys() | seen.keys()):
        if promised.get(name) != seen.get(name):
            raise DamagedArchiveError(f"{name!r} in {source.name} differs from the manifest")
    return manifest


def extract(source: Path, prefix: str, folder: Path) -> int:
    """Writes every member below ``prefix`` into ``folder``, the prefix cut off. Verify first.

    Returns: the number of files written.
    """
    count = 0
    with tarfile.open(source, mode="r:") as tar:
        for info in tar:
            if not info.name.startswith(prefix):
                continue
            target = folder / info.name.removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = _regular(tar, info, {})
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
                for block in _blocks(file):
                    out.write(block)
            count += 1
    return count
