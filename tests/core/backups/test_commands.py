"""`backup` and `restore` on the database of the run, SQLite and PostgreSQL alike."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import CommandError, call_command

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def house(tmp_path: Path, settings) -> Path:
    """An installation with a folder of its own."""
    settings.VAR_DIR = tmp_path / "var"
    options = {
        **settings.STORAGES["default"]["OPTIONS"],
        "location": str(tmp_path / "var/documents"),
    }
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }
    assert isinstance(storages["default"], FileSystemStorage)
    return tmp_path


def user(email: str) -> None:
    get_user_model().objects.create_user(email=email, password="irrelevant")


def emails() -> set[str]:
    return set(get_user_model().objects.values_list("email", flat=True))


def run(name: str, path: Path) -> str:
    out = io.StringIO()
    call_command(name, str(path), stdout=out)
    return out.getvalue()


def test_what_was_lost_comes_back_and_what_came_later_goes(house: Path) -> None:
    user("kept@example.org")
    name = storages["default"].save("2026/invoice.pdf", ContentFile(b"%PDF-1.7 kept"))
    assert "2 files" in run("backup", house / "b.tar")
    get_user_model().objects.all().delete()
    user("later@example.org")
    storages["default"].delete(name)
    assert "privacy replay" in run("restore", house / "b.tar")
    assert emails() == {"kept@example.org"}
    with storages["default"].open(name) as file:
        assert file.read() == b"%PDF-1.7 kept"
    assert (house / "var/restore-pending").exists()
    assert len(list((house / "var").glob("documents.before-restore-*"))) == 1


def test_a_damaged_archive_changes_nothing(house: Path) -> None:
    user("before@example.org")
    run("backup", house / "b.tar")
    user("after@example.org")
    content = bytearray((house / "b.tar").read_bytes())
    content[3000] ^= 255
    (house / "b.tar").write_bytes(content)
    with pytest.raises(CommandError, match="Nothing was restored"):
        run("restore", house / "b.tar")
    assert emails() == {"before@example.org", "after@example.org"}
    assert not (house / "var/restore-pending").exists()


def test_a_backup_is_never_overwritten_nor_put_nowhere(house: Path) -> None:
    run("backup", house / "b.tar")
    before = (house / "b.tar").read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        run("backup", house / "b.tar")
    with pytest.raises(CommandError, match="does not exist"):
        run("backup", house / "no/folder/b.tar")
    with pytest.raises(CommandError, match="no file"):
        run("restore", house / "none.tar")
    assert (house / "b.tar").read_bytes() == before
