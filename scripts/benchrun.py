"""`make bench`: runs every benchmark in bench/, or those named; each prints its figures and bar."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sentences import refuse, say

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    known = {
        path.stem: path
        for path in sorted((ROOT / "bench").glob("*.py"))
        if not path.stem.startswith("_")
    }
    names = sys.argv[1:] or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        refuse(f"benchmark {unknown[0]!r} is unknown; there are: {', '.join(known) or 'none'}.", 64)
    worst = 0
    for name in names:
        say(f"\n===== {name} =====")
        worst = max(worst, subprocess.run([sys.executable, str(known[name])], cwd=ROOT).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
