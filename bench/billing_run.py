"""A year billed for some thousand members, beside the same library steps without the product.

    .venv/bin/python -m bench.billing_run [--members 3000] [--processes 2]

Members are organisations of ROLLCALL_DATA (orgs/ror_orgs_5000.csv) with invented addresses, VAT status
and billing contacts. The database is the one of DATABASE_URL and must be empty; without the variable a
temporary SQLite file is used. Printed as JSON: counts, totals, seconds, memory, ratio.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=3000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-baseline", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="rollcall-bench-")
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
    os.environ["ROLLCALL_VAR"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings.local")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    figures = product(options.members, options.processes)
    if not options.no_baseline:
        figures |= baseline(options.processes, figures)
    print(json.dumps(figures, indent=1, default=str))


def timed(figures: dict[str, Any], name: str, work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = work()
    figures[f"{name}_seconds"] = round(time.perf_counter() - began, 2)
    return result


def product(count: int, processes: int) -> dict[str, Any]:
    """Compute, approve and issue one annual run."""
    from django.core.management import call_command
    from django.db import connection

    from backoffice.delivery.models import Delivery
    from bench.memory import Watch, high_water
    from billing.models import Invoice
    from billing.queries import number_holes
    from billing.services.compute import compute_run
    from billing.services.export_document import document_faults
    from billing.services.runs import approve_run, review_run
    from billing.services.whole_run import issue_whole_run, run_status
    from tests.billing.world import APPROVER, NOW, PREPARER, draft_run

    figures: dict[str, Any] = {"database": connection.vendor, "processes": processes}
    call_command("migrate", verbosity=0)
    snapshot = timed(figures, "setup", lambda: make_members(count))
    run = draft_run(snapshot)
    timed(figures, "preview", lambda: compute_run(run=run, actor=PREPARER, at=NOW))
    review_run(run=run, actor=PREPARER)
    approve_run(run=run, actor=APPROVER, at=NOW)
    with Watch() as children:
        timed(
            figures,
            "issue",
            lambda: issue_whole_run(run=run, actor=PREPARER, processes=processes),
        )
    faults = timed(figures, "verify", lambda: list(document_faults()))
    status = run_status(run)
    amounts = list(Invoice.objects.values_list("gross_amount", "tax_amount"))
    figures |= {key: status[key] for key in ("issued", "parked", "nothing", "total", "state")}
    figures |= {
        "issued_total": sum(gross for gross, _tax in amounts),
        "vat_total": sum(tax for _gross, tax in amounts),
        "mails_planned": Delivery.objects.count(),
        "holes": len(number_holes("invoice-2023")),
        "faults": len(faults),
        "per_second": round(status["issued"] / figures["issue_seconds"], 1),
        "main_process_mb": high_water(),
        "largest_child_mb": children.largest,
        "parked_reasons": _reasons(status["parked_members"]),
    }
    return figures


def _reasons(parked: list[dict[str, str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in parked:
        reason = row["reason"].rpartition(": ")[2].rstrip("0123456789)( ")
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def make_members(count: int) -> Any:
    """Organisations with invented addresses, tax status and contacts, by bulk writes."""
    from contacts.models import (
        Contact,
        ContactAddress,
        Identifier,
        Membership,
        MemberType,
        Organisation,
        OrganisationAddress,
        OrganisationLink,
        RoleAssignment,
        RoleType,
    )
    from tests.billing.world import DAY, JOINED, make_agency, sealed_usage

    make_agency()
    dice = random.Random(2023)
    source = Path(os.environ["ROLLCALL_DATA"]) / "orgs" / "ror_orgs_5000.csv"
    with source.open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if len(row["country_code"]) == 2][:count]
    organisations = []
    for row in rows:
        country = row["country_code"]
        abroad = country not in EU
        item = Organisation(
            name=row["name"][:400],
            country=country,
            language="de" if country == "DE" else "en-gb",
            business_status="business" if abroad and dice.random() < 0.98 else "unknown",
            business_evidence_on=DAY if abroad else None,
        )
        item.derive()
        organisations.append(item)
    organisations = Organisation.objects.bulk_create(organisations)
    types = {kind.code: kind for kind in MemberType.objects.all()}
    leads = organisations[: count // 100]
    below = organisations[count // 100 : count // 100 + count // 4]
    memberships, links = [], []
    for index, item in enumerate(organisations):
        code = "direct_member"
        if index < len(leads):
            code = "consortium"
        elif item in below[-1:] or index < len(leads) + len(below):
            code = "consortium_organization"
            links.append(
                OrganisationLink(
                    kind="consortium",
                    lead=leads[dice.randrange(len(leads))],
                    organisation=item,
                    valid_from=JOINED,
                )
            )
        memberships.append(
            Membership(organisation=item, member_type=types[code], valid_from=JOINED)
        )
    Membership.objects.bulk_create(memberships)
    OrganisationLink.objects.bulk_create(links)
    OrganisationAddress.objects.bulk_create(
        OrganisationAddress(
            organisation=item,
            kind="billing",
            street=f"Library Road {index % 200 + 1}",
            post_code=f"{10000 + index % 80000}",
            city="Springfield",
            country=item.country,
        )
        for index, item in enumerate(organisations)
        if index % 211
    )
    Identifier.objects.bulk_create(
        Identifier(organisation=item, kind="vat", value=value)
        for item, value in vat_ids(organisations, dice)
    )
    people = Contact.objects.bulk_create(
        Contact(given_name="Bille", family_name=f"Number {n}", name_folded=f"bille number {n}")
        for n in range(len(organisations))
    )
    ContactAddress.objects.bulk_create(
        ContactAddress(contact=person, address=f"bills{n}@example.org", valid_from=JOINED)
        for n, person in enumerate(people)
    )
    role = RoleType.objects.get(code="billing")
    RoleAssignment.objects.bulk_create(
        RoleAssignment(organisation=item, contact=person, role_type=role, valid_from=JOINED)
        for item, person in zip(organisations, people, strict=True)
    )
    return sealed_usage(
        {item: int(dice.paretovariate(0.6) * 20) for item in organisations[len(leads) :]}
    )


def vat_ids(organisations: list[Any], dice: random.Random) -> list[tuple[Any, str]]:
    """Invented VAT ids with right check digits for most members in the EU outside Germany."""
    from billing.demo_vat import invented_vat_id

    found: dict[str, Any] = {}
    for item in organisations:
        if item.country in EU and dice.random() > 0.2:
            value = invented_vat_id(item.country, dice)
            if value:
                found.setdefault(value, item)
    return [(item, value) for value, item in found.items()]


def baseline(processes: int, figures: dict[str, Any]) -> dict[str, Any]:
    """The same documents through the same libraries: XSD, schematron, WeasyPrint, pikepdf, a file."""
    from billing.documents.pool import new_pool
    from billing.models import Invoice
    from billing.services.printing import print_job

    jobs = []
    for invoice in Invoice.objects.order_by("sequence").iterator(chunk_size=200):
        jobs.append(print_job(invoice))
    with tempfile.TemporaryDirectory() as folder, new_pool(processes) as pool:
        began = time.perf_counter()
        for _done in pool.map(bare_document, jobs, [folder] * len(jobs), chunksize=8):
            pass
        seconds = time.perf_counter() - began
    rate = len(jobs) / seconds
    return {
        "baseline_seconds": round(seconds, 2),
        "baseline_per_second": round(rate, 1),
        "ratio": round(figures["per_second"] / rate, 2),
    }


def bare_document(job: Any, folder: str) -> int:
    """One document in a worker process, without database, mail, history or audit."""
    from lxml import etree

    from backoffice.core.services.pdf import render
    from billing.einvoice.schema import check_schema
    from billing.einvoice.schematron import shared_client

    xml = job.finish_arguments["xml"]
    faults = check_schema(etree.fromstring(xml)) + shared_client().check(xml)
    content = render(job)
    Path(folder, f"{job.identifier.hex()}.pdf").write_bytes(content)
    return len(faults)


if __name__ == "__main__":
    main()
