"""Wrong settings end in one sentence and an exit code, before anything is made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG = "k3J9xQ2mV7pL5tR8wZ1cB4nD6fG0hS-aYeUiOqTr"


def check(tmp_path: Path, module: str = "local", **variables: str) -> subprocess.CompletedProcess:
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ROLLCALL_")},
        "DJANGO_SETTINGS_MODULE": f"backoffice.settings.{module}",
        "ROLLCALL_VAR": str(tmp_path / "var"),
        **variables,
    }
    environment.pop("DATABASE_URL", None) if "DATABASE_URL" not in variables else None
    return subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment,
        capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"ROLLCALL_DEMO": "perhaps"}, "ROLLCALL_DEMO"),
        ({"ROLLCALL_SMTP_PORT": "mail"}, "ROLLCALL_SMTP_PORT"),
        ({"ROLLCALL_TRANSPORT": "pigeon"}, "ROLLCALL_TRANSPORT"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"ROLLCALL_SECRET_KEY_FILE": "/nowhere/key"}, "ROLLCALL_SECRET_KEY_FILE"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, variables: dict[str, str], word: str) -> None:
    done = check(tmp_path, **variables)
    assert done.returncode == 78
    assert word in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "var" / "rollcall.sqlite3").exists()


PRODUCTION = {
    "ROLLCALL_SECRET_KEY": LONG + "1",
    "ROLLCALL_SUPPRESSION_KEY": LONG + "2",
    "ROLLCALL_ELECTION_KEY": LONG + "3",
    "ROLLCALL_BASE_URL": "https://office.example.org",
}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"ROLLCALL_SECRET_KEY": ""}, "ROLLCALL_SECRET_KEY is not set"),
        ({"ROLLCALL_SECRET_KEY": "changeme"}, "too short or a default"),
        ({"ROLLCALL_SUPPRESSION_KEY": LONG + "1"}, "must differ"),
        ({"ROLLCALL_DEMO": "1"}, "refused in production"),
        ({"ROLLCALL_BASE_URL": "http://office.example.org"}, "https://"),
    ],
)
def test_production_refuses_what_is_unsafe(
    tmp_path: Path, change: dict[str, str], word: str
) -> None:
    done = check(tmp_path, "production", **{**PRODUCTION, **change})
    assert done.returncode == 78
    assert word in done.stderr


def test_production_starts_with_secrets_from_the_environment(tmp_path: Path) -> None:
    done = check(tmp_path, "production", **PRODUCTION)
    assert done.returncode == 0, done.stderr
