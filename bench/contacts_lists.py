"""Staff pages over 10,000 organisations and 100,000 contacts: lists, search, palette, duplicate desk.

`make bench ARGS=contacts_lists`, on a throw-away SQLite database, or on the empty one that DATABASE_URL
names. The baseline is the page's own question as one SQL statement, in the same run; server time is the
whole request through the middlewares, as a member of staff. Bars: DESIGN.md section 4.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("ROLLCALL_VAR", tempfile.mkdtemp(prefix="rollcall-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings.local")
os.environ.setdefault("ROLLCALL_DEMO", "1")
ORGANISATIONS = int(os.environ.get("BENCH_ORGANISATIONS", "10000"))
PEOPLE = 10 * ORGANISATIONS
TIMES = 15
SYLLABLES = "ka lo mi ne ru sta ven tor bel dra fi go hul ja quo rin sel tam ur wex zo pla nik öst äri".split()


def words(chance: random.Random, count: int) -> str:
    return " ".join(
        "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).title() for _ in range(count)
    )


def fill() -> None:
    """Members with an identifier and ten people each, in bulk."""
    from contacts.models import (
        Contact,
        ContactAddress,
        DuplicatePair,
        Identifier,
        Membership,
        MemberType,
        Organisation,
        OtherName,
        RoleAssignment,
        RoleType,
    )

    chance, since = random.Random(7), date(2020, 1, 1)
    kind, roles = MemberType.objects.first(), list(RoleType.objects.all()[:5])
    rows = [Organisation(name=words(chance, 3), country=chance.choice(["DE", "FR", "US"]))
            for _ in range(ORGANISATIONS)]  # fmt: skip
    for row in rows:
        row.derive()
    made = Organisation.objects.bulk_create(rows, batch_size=2000)
    Membership.objects.bulk_create(
        [Membership(organisation=row, member_type=kind, valid_from=since) for row in made],
        batch_size=2000,
    )
    Identifier.objects.bulk_create(
        [Identifier(organisation=row, kind="symbol", value=f"SYM{n:05d}")
         for n, row in enumerate(made)], batch_size=2000,
    )  # fmt: skip
    names = [OtherName(organisation=row, kind="alias", name=words(chance, 2)) for row in made]
    for name in names:
        name.name_folded = name.name.lower()
    OtherName.objects.bulk_create(names, batch_size=2000)
    people = [
        Contact(given_name=words(chance, 1), family_name=words(chance, 1)) for _ in range(PEOPLE)
    ]
    for person in people:
        person.derive()
    people = Contact.objects.bulk_create(people, batch_size=2000)
    ContactAddress.objects.bulk_create(
        [ContactAddress(contact=person, address=f"p{n}@example.org", valid_from=since)
         for n, person in enumerate(people)], batch_size=2000,
    )  # fmt: skip
    RoleAssignment.objects.bulk_create(
        [RoleAssignment(contact=person, organisation=made[n // 10], role_type=roles[n % len(roles)],
                        order=n % 10 // len(roles) + 1, valid_from=since)
         for n, person in enumerate(people)], batch_size=2000,
    )  # fmt: skip
    DuplicatePair.objects.bulk_create(
        [DuplicatePair(kind="organisation", left_id=made[n].pk, right_id=made[n + 1].pk,
                       score=chance.randint(50, 100), reasons=[["same_name", 60]], found_on=since)
         for n in range(min(5000, ORGANISATIONS - 1))], batch_size=2000,
    )  # fmt: skip


def median_ms(act: Callable[[], object]) -> float:
    act()
    spans = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        act()
        spans.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spans)


def raw(sql: str, *values: object) -> float:
    from django.db import connection

    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            cursor.fetchall()

    return median_ms(act)


def questions() -> list[tuple[str, str, float, float]]:
    """(label, path, bar in ms, baseline in ms)."""
    from contacts.models import Contact, Organisation

    name = Organisation.objects.order_by("pk")[ORGANISATIONS // 2].name_folded.split()[0]
    family = Contact.objects.order_by("pk")[PEOPLE // 2].name_folded.split()[1]
    listed = raw("SELECT id, name, country FROM contacts_organisation ORDER BY name LIMIT 50")
    found = raw("SELECT id, name FROM contacts_organisation WHERE name_folded LIKE %s "
                "ORDER BY name LIMIT 50", f"%{name}%")  # fmt: skip
    people = raw("SELECT id, family_name FROM contacts_contact WHERE name_folded LIKE %s "
                 "ORDER BY family_name, given_name LIMIT 50", f"%{family}%")  # fmt: skip
    everybody = raw("SELECT id, family_name FROM contacts_contact "
                    "ORDER BY family_name, given_name LIMIT 50")  # fmt: skip
    address = raw("SELECT contact_id FROM contacts_contactaddress WHERE address LIKE %s LIMIT 50",
                  "%p4711@%")  # fmt: skip
    pairs = raw(
        "SELECT * FROM contacts_duplicatepair WHERE state = 'open' ORDER BY score DESC LIMIT 25"
    )
    pk = Organisation.objects.order_by("pk")[ORGANISATIONS // 2].pk
    one = raw("SELECT * FROM contacts_organisation WHERE id = %s", pk)
    palette = "/admin/search/?extended=1&s="
    return [
        ("organisation list", "/admin/contacts/organisation/", 250, listed),
        ("organisations by a part of the name", f"/admin/contacts/organisation/?q={name}", 250, found),
        ("organisations by symbol", "/admin/contacts/organisation/?q=SYM05000", 250, found),
        ("organisations by a person's address", "/admin/contacts/organisation/?q=p4711@example.org",
         250, address),
        ("contact list", "/admin/contacts/contact/", 250, everybody),
        ("contacts by name", f"/admin/contacts/contact/?q={family}", 250, people),
        ("contacts by address", "/admin/contacts/contact/?q=p4711@", 250, address),
        ("organisation page", f"/admin/contacts/organisation/{pk}/change/", 250, one),
        ("duplicate desk", "/admin/duplicates/", 250, pairs),
        ("palette: name of an organisation", palette + name, 100, found),
        ("palette: family name", palette + family, 100, people),
        ("palette: address", palette + "p4711@example.org", 100, address),
    ]  # fmt: skip


def main() -> int:
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    from django.contrib.auth.models import Group
    from django.test import Client

    from backoffice.core.models import User

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_preset", "datacite", verbosity=0)
    fill()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    user = User.objects.create_user("m@agency.example.org", "x", name="M", is_staff=True)
    user.groups.set(Group.objects.filter(name="membership"))
    client = Client(raise_request_exception=True)
    client.force_login(user)
    print(
        f"database: {connection.vendor}, {ORGANISATIONS} organisations, {PEOPLE} contacts",
        flush=True,
    )
    good = True
    for label, path, bar, baseline in questions():
        assert client.get(path).status_code == 200, path
        ours = median_ms(lambda path=path: client.get(path))
        met = ours < bar
        good = good and met
        value = f"{ours:.0f} ms; raw {baseline:.1f} ms; + {ours - baseline:.0f} ms"
        print(f"{label:40} {value:44} < {bar} ms {'' if met else 'MISSED'}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
