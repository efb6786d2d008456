"""docs/settings.md lists exactly the environment variables that the code reads."""

from __future__ import annotations

import ast
import re

from tests.architecture.source import ROOT, source_files, tree

READERS = {"flag", "whole_number", "percent", "choice", "secret", "secrets_list", "local_secret"}
METHODS = {"str", "list", "int", "bool", "url"}
ENVIRON = {"get", "setdefault", "pop"}
# Variables of other programs that the code sets or passes on, not settings of ours.
FOREIGN = {"DJANGO_SETTINGS_MODULE", "PGPASSWORD", "PATH"}


def _names(call: ast.Call) -> set[str]:
    names = {arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant)}
    named = {n for n in names if isinstance(n, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", n)}
    function = call.func
    if isinstance(function, ast.Name) and function.id in READERS:
        both = {f"{n}_FILE" for n in named} if "secret" in function.id else set()
        return named | both
    if isinstance(function, ast.Attribute):
        owner = function.value
        if isinstance(owner, ast.Name) and owner.id == "env" and function.attr in METHODS:
            return named
        if (
            isinstance(owner, ast.Attribute)
            and owner.attr == "environ"
            and function.attr in ENVIRON
        ):
            return named
    return set()


def read_variables() -> set[str]:
    """Every variable that some call in the product reads."""
    found: set[str] = set()
    for path in source_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                found |= _names(node)
    return found - FOREIGN


def documented_variables() -> set[str]:
    """First column of the table."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[A-Z][^|]*) \|", page, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)}


def test_the_page_and_the_code_name_the_same_variables() -> None:
    assert documented_variables() == read_variables()
