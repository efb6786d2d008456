"""Real names of real organisations, each row a record of its own: what the finder is measured on."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from backoffice.core.texts import fold
from contacts.duplicates.blocking import candidates, organisation_keys, word_frequency
from contacts.duplicates.scoring import OrganisationFacts, score_organisations
from contacts.duplicates.words import host_of, initials_of, tokens_of


@dataclass(frozen=True)
class Quality:
    """``threshold`` → (precision, recall); ``pairs``: true pairs in the file."""

    rows: int
    pairs: int
    compared: int
    at: dict[int, tuple[float, float]]


def read_variants(folder: Path, *, most: int | None = None, web: bool = True):
    """(facts, true owner) of each row; without the web site the names must do alone."""
    rows = []
    name = folder / "orgs" / "scale_orgs_name_variants.csv.gz"
    with gzip.open(name, "rt", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            rows.append(row)
            if len(rows) == most:
                break
    hosts = Counter(host_of(row["website"]) for row in rows)
    facts = []
    for number, row in enumerate(rows):
        acronym = row["name_kind"] == "acronym"
        short = fold(row["name"]) if acronym else initials_of(row["name"])
        host = host_of(row["website"]) if web else ""
        facts.append(OrganisationFacts(
            number, (tokens_of(row["name"]),), frozenset({short} - {""}), row["country_code"],
            fold(row["city"]), host, hosts[host] if host else 0,
        ))  # fmt: skip
    return facts, [row["same_as_ror_id"] for row in rows]


def measure(
    facts: list[OrganisationFacts], truth: list[str], thresholds: tuple[int, ...]
) -> Quality:
    """Counts right and wrong pairs from each threshold on; all true pairs are the base of recall."""
    frequency = word_frequency(facts)
    keys = [organisation_keys(row, frequency) for row in facts]
    texts = [(" ".join(row.names[0]), number) for number, row in enumerate(facts)]
    right, wrong, compared = Counter[int](), Counter[int](), 0
    for one, other in candidates(keys, texts):
        compared += 1
        points = score_organisations(facts[one], facts[other]).points
        tally = right if truth[one] == truth[other] else wrong
        tally.update(t for t in thresholds if points >= t)
    pairs = sum(count * (count - 1) // 2 for count in Counter(truth).values())
    at = {t: (right[t] / max(1, right[t] + wrong[t]), right[t] / pairs) for t in thresholds}
    return Quality(len(facts), pairs, compared, at)
