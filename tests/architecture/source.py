"""Reads the project's own source: its apps, files and imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("backoffice", "contacts", "mailings", "billing", "governance")
LOW = ("backoffice.core", "backoffice.delivery", "contacts")
PEERS = ("contacts.privacy", "contacts.sync", "mailings", "billing", "governance")
ROOM_OF_ROOT = "backoffice"  # composition root: everything in backoffice outside core and delivery


@cache
def source_files() -> tuple[Path, ...]:
    """Every Python file of the product, migrations left out."""
    return tuple(
        sorted(
            path
            for top in TOPS
            for path in (ROOT / top).rglob("*.py")
            if "migrations" not in path.parts
        )
    )


def module_name(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """The app a module belongs to, or ``backoffice`` for the composition root."""
    for app in ("contacts.privacy", "contacts.sync", "backoffice.core", "backoffice.delivery"):
        if module == app or module.startswith(app + "."):
            return app
    return module.split(".")[0]


def may_import(importer: str, imported: str) -> bool:
    """Whether room ``importer`` may import from room ``imported``."""
    if importer in (imported, ROOM_OF_ROOT):
        return True
    order = {name: index for index, name in enumerate(LOW)}
    if imported not in order:
        return False  # a peer or the composition root
    return importer in PEERS or order[imported] < order[importer]


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of the project's own modules, as line and dotted target.

    Imports under ``if TYPE_CHECKING`` are left out: nothing runs there.
    """
    name = module_name(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    skipped = {
        inner
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree(path)):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _own(node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            for alias in node.names:
                yield from _own(node.lineno, _target(base, alias.name))


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    stem = ".".join(parts[: len(parts) - node.level + 1])
    return f"{stem}.{node.module}" if node.module else stem


def _target(base: str, name: str) -> str:
    """``from a import b`` names module a.b when there is such a module, else a."""
    path = ROOT / base.replace(".", "/") / name
    return f"{base}.{name}" if path.is_dir() or path.with_suffix(".py").exists() else base


def _own(line: int, name: str) -> Iterator[tuple[int, str]]:
    if name.split(".")[0] in TOPS:
        yield line, name
