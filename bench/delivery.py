"""Mail hand-off against a bare Django loop, planning of 100,000 rows, memory, unsubscribe latency.

Both senders hand the same messages to the same loopback sink over one connection each; ours commits
before and after each hand-off as well. Bars: DESIGN.md section 4.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
MAILS = int(os.environ.get("BENCH_MAILS", "5000"))
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
FOLDER = tempfile.mkdtemp(prefix="rollcall-bench-")
os.environ.setdefault("ROLLCALL_VAR", FOLDER)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings.local")
BODY = "\n\n".join(
    ["{{ greeting }}", "the **general assembly** is near, and this is what it is about."]
    + [f"Paragraph {n}: " + "words that carry some meaning for members. " * 4 for n in range(8)]
    + ["[[button: Agenda | https://example.org/agenda]]", "- one\n- two\n- three"]
)


def run_sink(pipe) -> None:
    """A sink in a process of its own, on the other core."""
    os.sched_setaffinity(0, {os.cpu_count() - 1})
    from tests.delivery.sink import Sink

    with Sink() as sink:
        pipe.send(sink.port)
        while pipe.recv() != "stop":
            pipe.send(len(sink.taken))
            sink.taken.clear()


def bare_django(port: int, count: int) -> tuple[float, float]:
    """(wall, cpu) seconds: builds and sends over one connection, nothing else."""
    from django.core.mail import EmailMultiAlternatives, get_connection
    from django.template import Context, Template

    from mailings.content import render_content

    rendered = render_content("Assembly", BODY.replace("{{ greeting }}", "GREETING"))
    html = Template(
        "<html><body>" + rendered.html.replace("GREETING", "{{ g }}") + "{{ u }}</body></html>"
    )
    text = Template(rendered.text.replace("GREETING", "{{ g }}") + "\n{{ u }}\n")
    connection = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port
    )
    connection.open()
    wall, cpu = time.perf_counter(), time.process_time()
    for n in range(count):
        context = Context({"g": f"Dear Person {n},", "u": f"https://example.org/u/{n:022d}"})
        message = EmailMultiAlternatives(
            "Assembly",
            text.render(context),
            "office@example.org",
            [f"p{n}@example.org"],
            headers={"List-Unsubscribe": f"<https://example.org/u/{n:022d}>", "Precedence": "bulk"},
            connection=connection,
        )
        message.attach_alternative(html.render(context), "text/html")
        message.send()
    result = time.perf_counter() - wall, time.process_time() - cpu
    connection.close()
    return result


def make_people(count: int):
    """Contacts with an address and a duty; the mailing to them."""
    from django.utils import timezone

    from contacts.models import Contact, ContactAddress, Organisation, RoleAssignment, RoleType
    from mailings.models import Mailing, Segment

    start = date(2020, 1, 1)
    role = RoleType.objects.create(code="voting", label="Voting contact", votes=True)
    organisations = [
        Organisation(name=f"Organisation {n}", country="DE") for n in range(count // 10)
    ]
    for organisation in organisations:
        organisation.derive()
    organisations = Organisation.objects.bulk_create(organisations, batch_size=2000)
    people = Contact.objects.bulk_create(
        [
            Contact(given_name="Person", family_name=str(n), created_at=timezone.now())
            for n in range(count)
        ],
        batch_size=2000,
    )
    ContactAddress.objects.bulk_create(
        [
            ContactAddress(contact=person, address=f"p{n}@example.org", valid_from=start)
            for n, person in enumerate(people)
        ],
        batch_size=2000,
    )
    RoleAssignment.objects.bulk_create(
        [
            RoleAssignment(
                contact=person,
                organisation=organisations[n // 10],
                role_type=role,
                order=n % 10 + 1,
                valid_from=start,
            )
            for n, person in enumerate(people)
        ],
        batch_size=2000,
    )
    segment = Segment.objects.create(
        name="voting", rule={"all": [{"field": "duty", "op": "is", "value": "voting"}]}
    )
    return Mailing.objects.create(
        name="Assembly", mail_class="service", segment=segment, subject="Assembly", body=BODY
    )


def plan(mailing) -> tuple[float, float]:
    """(wall, cpu) seconds to plan every row."""
    from django.conf import settings
    from django.utils import timezone

    from backoffice.core.actor import Actor
    from mailings.services.sending import plan_mailing, start_mailing

    settings.ROLLCALL_FOUR_EYES = ROWS
    actor = Actor.process("bench")
    start_mailing(mailing=mailing, actor=actor, at=timezone.now(), on=date.today(), everybody=True)
    begun, cpu = time.perf_counter(), time.process_time()
    plan_mailing(mailing=mailing, actor=actor, at=timezone.now())
    return time.perf_counter() - begun, time.process_time() - cpu


def hand_over(port: int, count: int) -> tuple[float, float]:
    """(wall, cpu) seconds for ``count`` rows of the engine."""
    from backoffice.delivery.services.engine import BATCH, Engine
    from backoffice.delivery.transports.smtp import Relay, SmtpTransport

    engine = Engine("bench:1", SmtpTransport(Relay("127.0.0.1", port, max_messages=100_000)))
    wall, cpu, done = time.perf_counter(), time.process_time(), 0
    while done < count:
        did = engine.round(min(BATCH, count - done))
        if not did:
            break
        done += did
    result = time.perf_counter() - wall, time.process_time() - cpu
    engine.transport.close()
    if done < count:
        raise SystemExit(f"only {done} of {count} were handed over")
    return result


def unsubscribe_during(port: int) -> list[float]:
    """Seconds of each one-click POST while the engine sends."""
    from django.db import connection
    from django.test import Client

    from backoffice.delivery.models import Delivery
    from backoffice.delivery.services.compose import unsubscribe_token

    sent = list(Delivery.objects.filter(state="sent").order_by("id")[:200])
    paths = [f"/u/{unsubscribe_token(row)}" for row in sent]
    sender = threading.Thread(target=lambda: (hand_over(port, 2000), connection.close()))
    sender.start()
    client, times = Client(), []
    client.post(paths[0])
    for path in paths[1:]:
        begun = time.perf_counter()
        assert client.post(path).status_code == 200
        times.append(time.perf_counter() - begun)
        time.sleep(0.01)
    sender.join()
    return times


def own_process(port: int, count: int) -> float:
    """Largest memory in MB of a process that does nothing but hand over ``count`` of the rows."""
    command = [sys.executable, __file__, "engine", str(port), str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return float(done.stdout.split()[-1])


def engine_alone(port: int, count: int) -> int:
    """What the child of :func:`own_process` runs."""
    import django

    from bench.memory import high_water

    django.setup()
    hand_over(port, count)
    print(high_water())
    return 0


def _rate(times: tuple[float, float]) -> str:
    return f"{MAILS / times[0]:.0f}/s, {times[1] / MAILS * 1000:.2f} ms CPU"


def main() -> int:
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.ALLOWED_HOSTS = ["*"]
    Path(FOLDER, "static").mkdir(exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=run_sink, args=(there,), daemon=True
    )
    process.start()
    port = here.recv()
    os.sched_setaffinity(0, {0})
    mailing = make_people(ROWS)
    planning = plan(mailing)
    print(f"planned in {planning[0]:.1f} s ({planning[1]:.1f} s CPU)", flush=True)
    bare_django(port, 300)
    hand_over(port, 300)
    baseline = bare_django(port, MAILS)
    ours = hand_over(port, MAILS)
    latency = sorted(unsubscribe_during(port))
    memory = own_process(port, min(MAILS, ROWS - MAILS - 2300))
    here.send("stop")
    ratio = baseline[0] / ours[0]
    p95 = latency[int(len(latency) * 0.95)] * 1000
    rows = [
        (
            f"planning {ROWS} rows",
            f"{planning[0]:.1f} s, {planning[1]:.1f} s CPU",
            "< 5 s",
            planning[0] < 5,
        ),
        ("bare Django loop", _rate(baseline), "", True),
        ("engine, committed before and after", _rate(ours), "", True),
        ("ratio to the bare loop", f"{ratio:.2f}", ">= 0.6", ratio >= 0.6),
        ("unsubscribe POST p95 meanwhile", f"{p95:.1f} ms", "< 50 ms", p95 < 50),
        (
            "largest memory of a process that hands over",
            f"{memory:.0f} MB",
            "< 150 MB",
            memory < 150,
        ),
    ]
    for name, value, bar, good in rows:
        print(f"{name:52} {value:34} {bar:24} {'' if good else 'MISSED'}")
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["engine"]:
        sys.exit(engine_alone(int(sys.argv[2]), int(sys.argv[3])))
    sys.exit(main())
