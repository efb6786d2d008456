"""25,000 sealed ballots opened, checked, counted and reported, on one core.

    python bench/opening.py [--ballots N]

The raw baseline of the same run only takes the seals off, with no check and no count.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from governance.sealing.ballot import build_ballot, encode  # noqa: E402
from governance.sealing.box import open_box, read_box, write_box  # noqa: E402
from governance.sealing.canonical import document_id  # noqa: E402
from governance.sealing.keys import Opener, join_key, new_key, seal, split_key  # noqa: E402
from governance.teller import outcome_files  # noqa: E402
from tests.governance.sealing.elections import BOARD, MOTION, definition  # noqa: E402

RANKED = BOARD | {
    "id": "council",
    "rule": "scottish-stv",
    "seats": 5,
    "options": [{"id": f"c{n}", "name": f"Candidate {n}"} for n in range(1, 16)],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=25_000)
    wanted = parser.parse_args().ballots
    document = definition(MOTION, RANKED)
    election = document_id(document)
    secret, public = new_key()
    shares = split_key(secret, 2, 3)
    draw = Random(11)
    ids = [option["id"] for option in RANKED["options"]]
    envelopes = []
    for _ in range(wanted):
        choices = {
            "statutes": [draw.choice(["yes", "no", "abstain"])],
            "council": draw.sample(ids, draw.randint(0, 8)),
        }
        ballot = build_ballot(election, "all", choices, secrets.token_hex(16))
        envelopes.append(seal(encode(ballot, document["ballot_bytes"]), public))
    content = write_box(election, "all", envelopes)

    started = time.perf_counter()
    opener = Opener(secret)
    for one in read_box(content, election)[1]:
        opener.open(one)
    raw = time.perf_counter() - started

    started = time.perf_counter()
    opened = open_box(content, document, join_key(shares[:2], public))
    files = outcome_files(document, [opened], "4f2a")
    whole = time.perf_counter() - started
    assert len(opened.choices) == wanted
    print(
        f"{wanted:,} ballots of {document['ballot_bytes']} bytes, box {len(content) / 1e6:.1f} MB"
    )
    print(f"opened, checked, counted, {len(files)} files made: {whole:.2f} s (bar 5 s)")
    print(f"raw: seals taken off only {raw:.2f} s, ratio {whole / raw:.2f}")
    return int(wanted == 25_000 and whole >= 5)


if __name__ == "__main__":
    sys.exit(main())
