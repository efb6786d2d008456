"""Casting with 50 clients at once: the real page against a bare view that does the same writes.

    DATABASE_URL=postgresql://… python bench/casting.py [--casts N] [--clients N] [--workers N]

Starts gunicorn with the project's application and, for the baseline of the same run, with a view that
writes the same rows without checks, signature or board chain. Prints casts a second, p50, p99 and errors.
Without DATABASE_URL a throw-away PostgreSQL cluster is started.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
BINARIES = Path("/usr/lib/postgresql/15/bin")

BARE = """
import base64, json, uuid
from django.db import transaction
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from backoffice.delivery.models import Delivery
from governance.models import BoardEntry, BoardHead, Envelope, RollEntry
import backoffice.urls

@csrf_exempt
def bare(request):
    body = json.loads(request.body)
    name = uuid.uuid4().hex * 2
    with transaction.atomic():
        entry = RollEntry.objects.get(pk=body["entry"])
        head = BoardHead.objects.select_for_update().get(election_id=entry.election_id)
        BoardEntry.objects.create(election_id=entry.election_id, sequence=head.sequence + 1,
                                  envelope=name, head=name)
        BoardHead.objects.filter(pk=head.pk).update(sequence=head.sequence + 1, head=name)
        Envelope.objects.update_or_create(pseudonym=entry.pseudonym, defaults={
            "election_id": entry.election_id, "box": entry.box,
            "ciphertext": base64.b64decode(body["envelope"]), "hash": name})
        RollEntry.objects.filter(pk=entry.pk).update(voted=True)
        Delivery.objects.create(kind="governance.receipt", mail_class="governance",
                                lane="governance", address=entry.address, dedupe_key=name,
                                message_id=name)
    return JsonResponse({"ok": True})

urlpatterns = [path("bare", bare), *backoffice.urls.urlpatterns]
"""


def prepare(casts: int) -> list[tuple[str, str]]:
    """An open election with one member a cast; bodies for the real and the bare view."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from tests.governance import world

    world.make_members(casts)
    with tempfile.TemporaryDirectory() as folder:
        election = world.opened(Path(folder), **world.now_open())
    pairs = []
    for entry in election.roll.entitled():
        sealed = world.as_json(
            world.envelope_for(election, entry.box, {"board": ["ash"], "fees": ["yes"]})
        )
        token = world.voting_token(election, entry)
        real = json.dumps({"token": token, "box": entry.box, "envelope": sealed})
        pairs.append((real, json.dumps({"entry": entry.pk, "envelope": sealed})))
    from django.db import connections

    connections.close_all()
    return pairs


def serve(port: int, workers: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """gunicorn on the port; returns once it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "backoffice.wsgi:application", "-w", str(workers),
         "--threads", "4", "-b", f"127.0.0.1:{port}", "--log-level", "error"],
        cwd=ROOT, env=environment,
    )  # fmt: skip
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def hammer(
    port: int, address: str, bodies: list[str], clients: int
) -> tuple[float, list[float], int]:
    """Posts all bodies from ``clients`` threads; seconds, latencies in ms, answers that were no 200."""
    jobs, lock = iter(bodies), threading.Lock()
    latencies: list[float] = []
    errors = 0

    def work() -> None:
        nonlocal errors
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                body = next(jobs, None)
            if body is None:
                return
            started = time.perf_counter()
            connection.request("POST", address, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            with lock:
                latencies.append((time.perf_counter() - started) * 1000)
                errors += answer.status != 200

    started = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started, sorted(latencies), errors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--casts", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args()
    from scripts.postgres import cluster, spare_port

    given = os.environ.get("DATABASE_URL")
    folder = Path(tempfile.mkdtemp())
    (folder / "bare_urls.py").write_text(BARE)
    (folder / "bench_settings.py").write_text(
        "from backoffice.settings.test import *\n"
        "ROOT_URLCONF = 'bare_urls'\n"
        "MIDDLEWARE = [m for m in MIDDLEWARE if 'csrf' not in m]\n"
    )
    with nullcontext(given) if given else cluster(BINARIES) as url:
        os.environ |= {
            "DATABASE_URL": str(url),
            "DJANGO_SETTINGS_MODULE": "bench_settings",
            "PYTHONPATH": f"{folder}:{ROOT}",
        }
        sys.path.insert(0, str(folder))
        pairs = prepare(wanted.casts)
        port = spare_port()
        server = serve(port, wanted.workers, dict(os.environ))
        try:
            results = {}
            half = len(pairs) // 2
            rounds = [("bare", 1, "/bare"), ("real", 0, "/vote/board-2027/cast")]
            for name, which, address in [*rounds, *rounds]:
                part = pairs[:half] if name not in results else pairs[half:]
                hammer_result = hammer(port, address, [p[which] for p in part], wanted.clients)
                results.setdefault(name, []).append(hammer_result)
        finally:
            server.terminate()
            server.wait()
    shutil.rmtree(folder)
    rates = {}
    for name, runs in results.items():
        seconds = sum(run[0] for run in runs)
        latencies = sorted(value for run in runs for value in run[1])
        errors = sum(run[2] for run in runs)
        rates[name] = len(latencies) / seconds
        print(
            f"{name}: {rates[name]:.0f} casts/s, p50 {latencies[len(latencies) // 2]:.0f} ms, "
            f"p99 {latencies[int(len(latencies) * 0.99)]:.0f} ms, errors {errors}"
        )
    ratio = rates["real"] / rates["bare"]
    print(f"ratio real / bare {ratio:.2f} (bar 0.6), {wanted.clients} clients")
    return int(ratio < 0.6)


if __name__ == "__main__":
    sys.exit(main())
