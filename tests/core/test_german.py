"""Public pages, mails and PDFs are complete in German."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("templates/public", "templates/privacy", "templates/account", "templates/allauth")
STAFF_ONLY = {"case_page.html"}
ONE_LINE = re.compile(r"""\{%\s*trans(?:late)?\s+(["'])(.*?)\1""")
BLOCK = re.compile(
    r"\{%\s*blocktrans(?:late)?[^%]*%\}(.*?)(?:\{%\s*plural\s*%\}|\{%\s*endblocktrans)", re.S
)
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def catalogue() -> dict[str, str]:
    """msgid → msgstr of every German catalogue of the project."""
    entries: dict[str, str] = {}
    for path in ROOT.glob("**/locale/de/LC_MESSAGES/django.po"):
        if ".venv" in path.parts:
            continue
        text = path.read_text("utf-8")
        for msgid, msgstr in re.findall(
            r'^msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)msgstr(?:\[0\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)',
            text, re.M,
        ):  # fmt: skip
            entries[_joined(msgid)] = _joined(msgstr)
    return entries


def _joined(quoted: str) -> str:
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', quoted)
    return "".join(parts).replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def used_texts() -> list[tuple[str, str]]:
    found = []
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix not in (".html", ".txt") or path.name in STAFF_ONLY:
                continue
            text = path.read_text("utf-8")
            found += [(path.name, match[1]) for match in ONE_LINE.findall(text)]
            found += [(path.name, VARIABLE.sub(r"%(\1)s", body)) for body in BLOCK.findall(text)]
    return found


def test_every_public_text_has_its_german() -> None:
    known = catalogue()
    missing = [
        f"{name}: {text!r}"
        for name, text in used_texts()
        if not known.get(text) and text not in DJANGO_HAS
    ]
    assert not missing, "\n".join(missing)


# Translated by Django or allauth themselves.
DJANGO_HAS: set[str] = set()


def test_the_check_sees_texts() -> None:
    assert len(used_texts()) > 60


@pytest.mark.django_db
def test_a_page_is_served_in_german(client) -> None:
    from django.conf import settings

    compiled = list(Path(settings.BASE_DIR).glob("locale/de/LC_MESSAGES/django.mo"))
    if not compiled:
        pytest.skip("catalogues are not compiled: make messages (needs gettext)")
    page = client.get("/p/request/", headers={"accept-language": "de"})
    assert "Meine Daten löschen" in page.content.decode()
