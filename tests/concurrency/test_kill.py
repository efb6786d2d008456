"""`kill -9` at every point of a hand-off, and two workers on one queue: no address twice, sums hold."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.delivery.models import Delivery
from backoffice.delivery.services.claims import expire_leases
from backoffice.delivery.services.queue import mint_message_id

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]


def plan_many(count: int) -> None:
    Delivery.objects.bulk_create(
        [
            Delivery(
                kind="test.notice",
                mail_class="contract",
                lane="contract",
                address=f"p{n}@example.org",
                domain="example.org",
                message_id=mint_message_id(),
            )
            for n in range(count)
        ],
        batch_size=1000,
    )


def start_worker(port: int, point: str = "never", after: int = 0) -> subprocess.Popen:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "backoffice.settings.test",
        "KILL_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "PYTHONPATH": str(ROOT),
    }
    command = [
        sys.executable,
        "-m",
        "tests.concurrency.worker_process",
        str(port),
        point,
        str(after),
    ]
    return subprocess.Popen(command, env=environment, cwd=ROOT)


def run_leases_out() -> None:
    """As if the lease time had passed since the worker died."""
    Delivery.objects.filter(lease_until__isnull=False).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )
    expire_leases(now=timezone.now())


def states() -> Counter:
    return Counter(Delivery.objects.values_list("state", flat=True))


@pytest.mark.parametrize(
    ("point", "taken_at_death", "uncertain"),
    [
        ("claimed", 0, 0),
        ("handing", 3, 1),
        ("handed", 4, 1),
        ("finished", 4, 0),
    ],
)
def test_killed_at(sink, test_kind, point: str, taken_at_death: int, uncertain: int) -> None:
    plan_many(20)
    dead = start_worker(sink.port, point, after=0 if point == "claimed" else 3)
    assert dead.wait(timeout=60) == -signal.SIGKILL
    assert len(sink.taken) == taken_at_death
    run_leases_out()
    assert states()["uncertain"] == uncertain
    assert start_worker(sink.port).wait(timeout=60) == 0
    assert states() == Counter({"sent": 20 - uncertain, "uncertain": uncertain}) - Counter(
        {"uncertain": 0}
    )
    assert max(Counter(sink.recipients()).values()) == 1


@pytest.mark.slow
def test_two_workers_killed_ten_times(sink, test_kind) -> None:
    """10,000 rows, two workers, ten kills at random moments: at most one uncertain row a kill."""
    plan_many(10_000)
    chance = random.Random(7)
    workers = [start_worker(sink.port) for _ in range(2)]
    kills = 0
    while kills < 10:
        time.sleep(chance.uniform(0.8, 1.6))
        victim = workers.pop(chance.randrange(2))
        assert victim.poll() is None, "the work was done before the tenth kill"
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        kills += 1
        lost = f"worker:{victim.pid}"
        Delivery.objects.filter(claimed_by=lost).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )
        workers.append(start_worker(sink.port))
    for worker in workers:
        assert worker.wait(timeout=300) == 0
    run_leases_out()
    assert start_worker(sink.port).wait(timeout=300) == 0
    found = states()
    assert set(found) <= {"sent", "uncertain"}
    assert found["sent"] + found["uncertain"] == 10_000
    assert found["uncertain"] <= 10
    assert max(Counter(sink.recipients()).values()) == 1
    assert len(sink.taken) >= found["sent"]
