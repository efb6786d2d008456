"""Public pages and mails of the mail engine and the mailings are complete in German."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

TEMPLATES = ("delivery", "mailings", "mail")
MODULES = (
    "mailings/services/kinds.py",
    "mailings/services/people.py",
    "mailings/services/receives.py",
    "mailings/services/series.py",
    "mailings/views/news.py",
)
CATALOGUES = ("backoffice/delivery", "mailings")
TRANSLATE = re.compile(r"""\{%\s*(?:translate|trans)\s+(?:"([^"]+)"|'([^']+)')""")
BLOCK = re.compile(r"\{%\s*blocktranslate[^%]*%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)


def wanted() -> set[str]:
    """Every message of the public templates and of the modules that write mails."""
    found: set[str] = set()
    for folder in TEMPLATES:
        for path in sorted((ROOT / "templates" / folder).rglob("*.*")):
            text = path.read_text(encoding="utf-8")
            found |= {a or b for a, b in TRANSLATE.findall(text)}
            found |= {re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", block) for block in BLOCK.findall(text)}
    for name in MODULES:
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                found.add(ast.literal_eval(node.args[0]))
    return found


def translated() -> set[str]:
    """Messages with a translation in one of the two catalogues."""
    found: set[str] = set()
    for app in CATALOGUES:
        text = (ROOT / app / "locale/de/LC_MESSAGES/django.po").read_text(encoding="utf-8")
        for source, target in re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', text, re.MULTILINE):
            if target:
                found.add(source.replace('\\"', '"'))
    return found


def test_nothing_is_missing() -> None:
    assert wanted() - translated() == set()


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed")
@pytest.mark.django_db
def test_the_page_speaks_german(topic) -> None:
    from django.test import Client
    from django.utils import translation

    compiled = Path(ROOT / "mailings/locale/de/LC_MESSAGES/django.mo")
    if not compiled.exists():
        pytest.skip("the catalogues are not compiled; make test does it")
    with translation.override("de"):
        page = Client(headers={"accept-language": "de"}).get("/news/subscribe/").content.decode()
    assert "Bestätigungsmail anfordern" in page
    assert "Rundbrief" in page
