"""Eight workers on one run, and a worker killed in mid-issue, on a database of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = 16
pytestmark = [pytest.mark.database, pytest.mark.slow]


@pytest.fixture(scope="module")
def template(tmp_path_factory, django_db_setup, django_db_blocker):
    """A database with one approved run, made once; each test gets a copy."""
    if connection.vendor == "sqlite":
        path = tmp_path_factory.mktemp("race") / "template.sqlite3"
        prepared(f"sqlite:///{path}")
        yield str(path)
        return
    with pg_database() as (name, address):
        prepared(address)
        yield name


@pytest.fixture
def database(template, tmp_path):
    """Address of the copy; committed work of processes stays in it."""
    if connection.vendor == "sqlite":
        path = tmp_path / "race.sqlite3"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    with pg_database(template) as (_name, address):
        yield address


@contextmanager
def pg_database(template: str = "template1") -> Iterator[tuple[str, str]]:
    import psycopg

    settings = connection.settings_dict
    name = f"race_{uuid.uuid4().hex[:12]}"
    address = (
        f"postgresql://{settings['USER']}:{settings['PASSWORD']}"
        f"@{settings['HOST']}:{settings['PORT']}/"
    )
    with psycopg.connect(f"{address}postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name, f"{address}{name}"
    finally:
        with psycopg.connect(f"{address}postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def start(database: str, *arguments: object, begin: float = 0) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "backoffice.settings.test",
        "PYTHONPATH": str(ROOT),
        "RACE_START": str(begin),
    }
    command = [sys.executable, "-m", "tests.billing.race_process", *map(str, arguments)]
    # Not a pipe: children of a killed process would hold it open.
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)


def finish(process: subprocess.Popen[bytes]) -> None:
    process.wait(timeout=400)


def reported(database: str, tmp_path: Path) -> dict[str, object]:
    """What the process `report` found after finishing what was outstanding."""
    path = tmp_path / "report.json"
    process = start(database, "report", path)
    finish(process)
    assert process.returncode == 0
    return json.loads(path.read_text())


def prepared(database: str) -> None:
    process = start(database, "prepare", MEMBERS)
    finish(process)
    assert process.returncode == 0


def race(database: str, act: str) -> list[int]:
    begin = time.time() + 8
    processes = [start(database, act, turn, begin=begin) for turn in range(8)]
    for process in processes:
        finish(process)
    return [process.returncode for process in processes]


def test_control_without_the_guard_invoices_are_doubled(database):
    race(database, "naive")
    code = "from billing.models import Invoice; print(Invoice.objects.count())"
    output = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        env={
            **os.environ,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "backoffice.settings.test",
        },
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    assert int(output) > MEMBERS


def test_eight_workers_issue_each_invoice_once(database, tmp_path):
    assert race(database, "issue") == [0] * 8
    result = reported(database, tmp_path)
    assert result == {
        "before": MEMBERS,
        "invoices": MEMBERS,
        "payers": MEMBERS,
        "holes": [],
        "state": "issued",
        "mails": MEMBERS,
        "faults": [],
        "audit": 0,
        "total_matches": True,
    }


@pytest.mark.parametrize("point", ["validate", "in_transaction", "before_store", "before_mail"])
def test_a_killed_worker_leaves_nothing_half_done(database, tmp_path, point):
    process = start(database, "die", point, 5)
    finish(process)
    assert process.returncode == -9
    result = reported(database, tmp_path)
    assert (result["invoices"], result["payers"], result["mails"]) == (MEMBERS,) * 3
    assert (result["holes"], result["faults"], result["audit"]) == ([], [], 0)
    assert result["state"] == "issued"
    assert result["total_matches"]
