"""Precision and recall on the first 15,000 real names; the whole file: bench/duplicates.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from contacts.duplicates.scoring import SHOWN_FROM
from tests.contacts.duplicates.variants import measure, read_variants

pytestmark = pytest.mark.data


def test_most_variants_with_a_web_site_are_found_and_few_pairs_are_wrong(
    data_folder: Path,
) -> None:
    quality = measure(*read_variants(data_folder, most=15_000), (SHOWN_FROM, 80))
    precision, recall = quality.at[SHOWN_FROM]
    assert precision > 0.90
    assert recall > 0.85
    assert quality.at[80][0] > 0.97


def test_names_alone_find_less_but_stay_precise(data_folder: Path) -> None:
    quality = measure(*read_variants(data_folder, most=15_000, web=False), (SHOWN_FROM, 80))
    assert quality.at[SHOWN_FROM][0] > 0.80
    assert quality.at[SHOWN_FROM][1] > 0.20
    assert quality.at[80][0] > 0.95
