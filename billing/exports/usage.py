"""The sealed figures behind a document, as the payer gets them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from billing.exports.plain import safe_cell

HEADER = (
    "organisation", "repository", "content_type", "vintage", "quarter", "registrations", "year",
    "snapshot_sha256",
)  # fmt: skip


def write_usage(rows: Iterable[tuple[Any, ...]], usage: Mapping[str, Any]) -> bytes:
    """UTF-8 with a header row; each row names the snapshot it stands in."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for organisation, repository, *rest in rows:
        cells = [safe_cell(organisation), safe_cell(repository), *rest]
        writer.writerow([*cells, usage.get("year", ""), usage.get("digest", "")])
    return out.getvalue().encode("utf-8")
