"""The archive file by itself: what goes in comes out, and any damage is found before use."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from backoffice.core.backups.archive import (
    DamagedArchiveError,
    Member,
    extract,
    verify_archive,
    write_archive,
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of two files, one of them empty."""
    (tmp_path / "a").write_bytes(b"first file" * 1000)
    (tmp_path / "b").write_bytes(b"")
    members = [Member("database/a", tmp_path / "a"), Member("documents/2026/b", tmp_path / "b")]
    assert write_archive(tmp_path / "x.tar", members, {"database": "sqlite"}) == 2
    return tmp_path / "x.tar"


def test_round_trip(archive: Path, tmp_path: Path) -> None:
    manifest = verify_archive(archive)
    assert [file["name"] for file in manifest["files"]] == ["database/a", "documents/2026/b"]
    assert extract(archive, "documents/", tmp_path / "out") == 1
    assert (tmp_path / "out/2026/b").read_bytes() == b""
    assert archive.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "x.tar.part").exists()


@pytest.mark.parametrize("position", [600, 5000, -1500, -9000])
def test_one_changed_byte_is_found(archive: Path, position: int) -> None:
    content = bytearray(archive.read_bytes())
    index = position % len(content)
    while content[index] == 0:
        index -= 1
    content[index] ^= 1
    archive.write_bytes(content)
    with pytest.raises(DamagedArchiveError):
        verify_archive(archive)


@pytest.mark.parametrize("keep", [0, 100, 5000, 12000])
def test_a_cut_off_archive_is_refused(archive: Path, keep: int) -> None:
    archive.write_bytes(archive.read_bytes()[:keep])
    with pytest.raises(DamagedArchiveError):
        verify_archive(archive)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "documents/../../evil", "extra"])
def test_members_that_were_slipped_in_are_refused(archive: Path, name: str) -> None:
    with tarfile.open(archive, "a") as tar:
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    with pytest.raises(DamagedArchiveError, match="evil|extra"):
        verify_archive(archive)


def test_a_failing_source_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_archive(tmp_path / "x.tar", [Member("a", tmp_path / "missing")], {})
    assert list(tmp_path.iterdir()) == []
