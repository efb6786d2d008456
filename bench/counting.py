"""Counting at size: 1,000,000 papers, 15 candidates, 5 seats, Scottish rules, one core.

    python bench/counting.py [--papers N]

Prints the counting time after reading and grouping, the time of the whole command, the peak memory
and, as the raw baseline of the same run, the time Python needs to read the same lines into a
dictionary and nothing else.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CANDIDATES, SEATS = 15, 5


def draw_papers(path: Path, papers: int, seed: int = 7) -> int:
    """Write papers drawn from two blocs, mean length about 5; returns how many differ."""
    draw = random.Random(seed)
    blocs = [set(range(1, 9)), set(range(8, 16))]
    lines: dict[str, int] = {}
    for _ in range(papers):
        own = blocs[draw.random() < 0.45]
        pull = [1.0 if c in own else 1.7 for c in range(CANDIDATES + 1)]
        length = min(CANDIDATES, max(1, round(draw.gauss(5, 2.5))))
        order = sorted(range(1, CANDIDATES + 1), key=lambda c: draw.random() * pull[c])[:length]
        text = " ".join(map(str, order))
        lines[text] = lines.get(text, 0) + 1
    with path.open("w") as out:
        out.write(f"{CANDIDATES} {SEATS}\n")
        for text, weight in lines.items():
            out.writelines(f"1 {text} 0\n" for _ in range(weight))
        out.write("0\n" + "".join(f'"Candidate {n}"\n' for n in range(1, CANDIDATES + 1)))
        out.write('"Two blocs"\n')
    return len(lines)


def raw_read(path: Path) -> float:
    """Seconds to read the lines and group equal ones, the least any counter must do."""
    started = time.perf_counter()
    seen: dict[str, int] = {}
    with path.open() as lines:
        for line in lines:
            seen[line] = seen.get(line, 0) + 1
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=1_000_000)
    papers = parser.parse_args().papers
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "papers.blt"
        different = draw_papers(path, papers)
        raw = raw_read(path)
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "governance.counting.cli", str(path), "--rule", "scottish-stv",
             "--json"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        whole = time.perf_counter() - started
    report = json.loads(done.stdout)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"papers {papers:,}, different {different:,}, stages {len(report['stages'])}")
    print(f"counting {report['seconds']:.2f} s (bar 1.5 s), whole command {whole:.2f} s (bar 20 s)")
    print(f"raw reading and grouping of the same lines {raw:.2f} s, ratio {whole / raw:.1f}")
    print(f"peak memory {peak:.0f} MB")
    return int(papers == 1_000_000 and (report["seconds"] >= 1.5 or whole >= 20))


if __name__ == "__main__":
    sys.exit(main())
