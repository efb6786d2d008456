"""Writes the lists at the end of docs/architecture.md anew from the code (`make lists`)."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
TOPS = ("backoffice", "contacts", "mailings", "billing", "governance")


def command_help(path: Path) -> str:
    """The help text of a command, one line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "help" for target in node.targets
        ):
            try:
                text = " ".join(str(ast.literal_eval(node.value)).split())
            except ValueError:
                return ""
            return text[:1].lower() + text[1:]
    return ""


def commands() -> list[str]:
    """One item per management command."""
    files = {
        path.stem: path
        for top in TOPS
        for path in (ROOT / top).rglob("management/commands/*.py")
        if not path.stem.startswith("_")
    }
    return [f"- `{name}`: {command_help(files[name])}".rstrip(": ") for name in sorted(files)]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings.test")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from backoffice.core.services.jobs import JOBS
    from backoffice.core.services.schedule import SCHEDULES

    head = PAGE.read_text(encoding="utf-8").partition("## Commands\n")[0]
    sections = [
        "## Commands\n\nOne line each; a test compares the lists with the code, `make lists` writes them.\n",
        *commands(),
        "\n## Jobs\n",
        *(f"- `{name}`" for name in sorted(JOBS.names())),
        "\n## Schedule\n",
        *(f"- `{name}`" for name in sorted(SCHEDULES.names())),
    ]
    PAGE.write_text(head + "\n".join(sections) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
