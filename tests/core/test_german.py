"""Public pages, mails and PDFs are complete in German."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("backoffice", "contacts", "mailings", "billing", "governance")
# Parts of pages of the admin, and code of such pages.
STAFF = {
    "organisation_tab.html", "timeline.html", "staff.py", "builder.py",
    "groups.py",
}  # fmt: skip
# Python that speaks to people outside the staff: pages, mails, public forms, PDFs.
PUBLIC_CODE = re.compile(
    r"(^|/)(views(/.*)?|messages(_\w+)?|letters|public_forms|presentation|results|signin(_forms)?|"
    r"sentences|answer)\.py$"
)
ONE_LINE = re.compile(r"""\{%\s*trans(?:late)?\s+(["'])(.*?)\1""")
BLOCK = re.compile(
    r"\{%\s*blocktrans(?:late)?[^%]*%\}(.*?)(?:\{%\s*plural\s*%\}|\{%\s*endblocktrans)", re.S
)
QUOTED = r'(?:"(?:[^"\\]|\\.)*"\s*)+'
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def catalogue() -> dict[str, str]:
    """msgid → msgstr of every German catalogue of the project."""
    entries: dict[str, str] = {}
    for path in ROOT.glob("**/locale/de/LC_MESSAGES/django.po"):
        if ".venv" in path.parts:
            continue
        text = path.read_text("utf-8")
        for msgid, msgstr in re.findall(
            rf'^msgid ({QUOTED})(?:msgid_plural {QUOTED})?msgstr(?:\[0\])? ({QUOTED})',
            text, re.M,
        ):  # fmt: skip
            entries[_joined(msgid)] = _joined(msgstr)
    return entries


def _joined(quoted: str) -> str:
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', quoted)
    return "".join(parts).replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def is_public(path: Path) -> bool:
    """Whether a template is read outside the staff: it is no page of the admin."""
    text = path.read_text("utf-8")
    return (
        path.name not in STAFF
        and "admin" not in path.parts
        and not re.search(r"""extends ["']admin/""", text)
    )


def template_texts() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix not in (".html", ".txt") or not is_public(path):
            continue
        text = path.read_text("utf-8")
        found += [(path.name, match[1]) for match in ONE_LINE.findall(text)]
        found += [
            (path.name, VARIABLE.sub(r"%(\1)s", body.replace("%", "%%")))
            for body in BLOCK.findall(text)
        ]
    return found


def code_texts() -> list[tuple[str, str]]:
    """What public Python code passes to gettext under its usual names."""
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not PUBLIC_CODE.search(name) or path.name in STAFF or "admin_bases" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _called(node.func) in GETTEXT and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        found.append((name, first.value))
    return found


GETTEXT = {"_", "gettext", "gettext_lazy", "_now", "ngettext", "ngettext_lazy"}


def _called(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def used_texts() -> list[tuple[str, str]]:
    return template_texts() + code_texts()


def test_every_public_text_has_its_german() -> None:
    known = catalogue()
    missing = sorted(
        {
            f"{name}: {text!r}"
            for name, text in used_texts()
            if not known.get(text) and text not in DJANGO_HAS
        }
    )
    assert not missing, "\n".join(missing)


# Translated by Django or allauth themselves.
DJANGO_HAS: set[str] = set()


def test_the_check_sees_texts() -> None:
    assert len(template_texts()) > 300
    assert len(code_texts()) > 100


@pytest.mark.django_db
def test_a_page_is_served_in_german(client) -> None:
    from django.conf import settings

    compiled = list(Path(settings.BASE_DIR).glob("locale/de/LC_MESSAGES/django.mo"))
    if not compiled:
        pytest.skip("catalogues are not compiled: make messages (needs gettext)")
    page = client.get("/p/request/", headers={"accept-language": "de"})
    assert "Meine Daten löschen" in page.content.decode()
