"""Writes docs/retention.md anew from the map of personal data and the rules (`make lists`)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "retention.md"
HEAD = """# How long data are kept

Written by `make lists` from the map of personal data and the rules; a test compares. Every night
`privacy.retention` counts per rule and model what is over, leaves what is under a legal hold, stops
a rule that would hit an unusual share of its rows (`ROLLCALL_RETENTION_BRAKE`,
`ROLLCALL_RETENTION_FROM`) until a second person releases it, and carries out the rest. A day is
counted in the agency's time zone, a period from the end of the day it starts on.

"""


def page() -> str:
    """The whole page, in English."""
    from django.apps import apps
    from django.utils import translation

    from backoffice.core.personal_data import MAP
    from backoffice.core.retention import RETENTION

    with translation.override("en-gb"):
        rules = [
            f"| `{name}` | {rule.period} | {rule.ends} | {rule.source} |"
            for name, rule in RETENTION
        ]
        rows = {
            (
                str(apps.get_model(label)._meta.verbose_name_plural),
                item.category.replace("_", " "),
                item.purpose,
                item.basis,
                item.retention,
            )
            for label, entry in MAP
            for item in entry.personal.values()
        }
    data = [f"| {a} | {b} | {c} | Art. {d} | `{e}` |" for a, b, c, d, e in sorted(rows)]
    return HEAD + "\n".join([
        "## Rules\n", "| Rule | Kept | Then | Why |", "| --- | --- | --- | --- |", *sorted(rules),
        "\n## What they are for\n", "| Data | Category | Purpose | Basis (GDPR) | Rule |",
        "| --- | --- | --- | --- | --- |", *data,
    ]) + "\n"  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings.test")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
