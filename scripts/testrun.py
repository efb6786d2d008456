"""`make test`: the suite on SQLite, the marked part again on PostgreSQL, the browser tests.

What cannot run is said loudly, counted as not run, and fails the whole when it was required.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import debian
import messages
import postgres
from sentences import say

ROOT = Path(__file__).resolve().parents[1]
NO_TESTS = 5  # pytest's exit code when a selection is empty
COUNTED = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed|deselected)\b")


@dataclass
class Part:
    """One run of pytest and what came of it."""

    name: str
    marks: str
    code: int = 0
    closing: str = ""
    not_run: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def bad(self) -> bool:
        return self.code not in (0, NO_TESTS)


def run_part(part: Part, arguments: list[str], env: dict[str, str]) -> Part:
    """Runs pytest for this part, shows its output as it comes and keeps its closing line."""
    say(f"\n===== {part.name} =====")
    command = [sys.executable, "-m", "pytest", "-m", part.marks, "--create-db", *arguments]
    child = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, errors="replace"
    )
    try:
        for line in child.stdout or ():
            print(line, end="", flush=True)
            if line.startswith("=") and " in " in line and COUNTED.search(line):
                part.closing = line.strip(" =\n")
        part.code = child.wait()
    except BaseException:
        child.send_signal(signal.SIGINT)
        child.wait()
        raise
    for number, word in COUNTED.findall(part.closing):
        word = "errors" if word.startswith("error") else word
        part.counts[word] = int(number)
    return part


def count_tests(marks: str, env: dict[str, str]) -> int:
    """How many tests a selection holds."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", marks, "--collect-only", "-q", "-n0"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    return sum("::" in line for line in done.stdout.splitlines())


def not_run(
    part: Part, need: debian.Need, reason: str, required: bool, env: dict[str, str]
) -> Part:
    """Marks a part as not run, loudly; a required part counts as failed."""
    part.not_run = count_tests(part.marks, env)
    part.closing = f"NOT RUN ({part.not_run} tests): {reason}"
    part.code = 1 if required else 0
    say(f"\n===== {part.name} =====\n!!!!! {part.closing}. Install: {debian.install_line([need])}")
    return part


def sqlite_part(arguments: list[str], env: dict[str, str]) -> Part:
    return run_part(Part("SQLite", "not browser"), ["-n", "auto", *arguments], env)


def postgres_part(arguments: list[str], env: dict[str, str], required: bool) -> Part:
    part = Part("PostgreSQL", "database and not browser")
    binaries = debian.postgres_bin()
    if binaries is None:
        return not_run(part, debian.POSTGRESQL, "no PostgreSQL server was found", required, env)
    try:
        with postgres.cluster(binaries) as address:
            return run_part(part, ["-n", "auto", *arguments], {**env, "DATABASE_URL": address})
    except postgres.ClusterError as error:
        return not_run(part, debian.POSTGRESQL, str(error), required, env)


def browser_part(arguments: list[str], env: dict[str, str], required: bool) -> Part:
    part = Part("Browser", "browser")
    path = debian.chromium()
    if path is None:
        return not_run(part, debian.CHROMIUM, "no Chromium was found", required, env)
    return run_part(part, ["-n0", *arguments], {**env, "ROLLCALL_TEST_CHROMIUM": path})


def summary(parts: list[Part], seconds: float) -> int:
    """The closing lines. Returns: the exit code of the whole."""
    say("\n===== Summary =====")
    for part in parts:
        say(f"{part.name + ':':12} {part.closing or f'pytest ended with code {part.code}'}")
    total = {
        word: sum(part.counts.get(word, 0) for part in parts)
        for word in ("passed", "failed", "errors", "skipped")
    }
    left_out = sum(part.not_run for part in parts)
    broken = sum(
        part.bad and not part.counts.get("failed", 0) + part.counts.get("errors", 0)
        for part in parts
    )
    if not os.environ.get("ROLLCALL_DATA"):
        say("ROLLCALL_DATA is not set: tests on reference data are among the skipped ones.")
    say(f"Took {seconds:.0f} s. Not run for want of a program: {left_out}.")
    failed = total["failed"] + total["errors"] + broken
    say(f"{total['passed']} passed, {failed} failed, {total['skipped'] + left_out} skipped")
    return 1 if failed or not total["passed"] else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--require-postgres", action="store_true")
    parser.add_argument("--require-browser", action="store_true")
    parser.add_argument("--only", choices=("sqlite", "postgres", "browser"), action="append")
    parser.add_argument("pytest", nargs="*", help="further arguments for pytest, after --")
    return parser.parse_args()


def main() -> int:
    options = parse()
    debian.note_missing(debian.supply(debian.FOR_TEST))
    messages.compile_catalogues()
    begun = time.monotonic()
    folder = tempfile.mkdtemp(prefix="rollcall-tests-")
    env = {**os.environ, "TMPDIR": folder, "ROLLCALL_VAR": f"{folder}/var"}
    env.pop("DATABASE_URL", None)
    only = options.only or ["sqlite", "postgres", "browser"]
    parts: list[Part] = []
    try:
        if "sqlite" in only:
            parts.append(sqlite_part(options.pytest, env))
        if "postgres" in only:
            parts.append(postgres_part(options.pytest, env, options.require_postgres))
        if "browser" in only:
            parts.append(browser_part(options.pytest, env, options.require_browser))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return summary(parts, time.monotonic() - begun)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("\nrollcall: the test run was interrupted; the test database server has been stopped.")
        sys.exit(130)
