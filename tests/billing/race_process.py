"""One process of the race tests: prepares a database, issues, dies at a named point, or reports.

It uses the database of DATABASE_URL itself, never a test database, so that several of it meet there.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path


def main() -> None:
    import django

    django.setup()
    act, arguments = sys.argv[1], sys.argv[2:]
    {"prepare": prepare, "issue": issue, "naive": naive, "die": die, "report": report}[act](
        *arguments
    )


def prepare(members: str) -> None:
    """Migrates and leaves one run of so many members ready to be issued."""
    from django.core.management import call_command

    from tests.billing.world import issuing_run, make_agency, make_member, sealed_usage

    call_command("migrate", verbosity=0)
    make_agency()
    issuing_run(sealed_usage({make_member(f"Member {n}"): 10 * n for n in range(int(members))}))


def issue(turn: str) -> None:
    from backoffice.core import dates
    from backoffice.core.actor import Actor
    from billing.models import BillingRun
    from billing.services.issue import issue_items
    from billing.services.runs import finish_issuing

    actor = Actor.process(f"worker-{turn}")
    run = BillingRun.objects.get()
    _wait_for_the_others()
    if run.state == "issuing":
        issue_items(run=run, actor=actor, clock=dates.now, turn=int(turn))
        finish_issuing(run=run, actor=actor, at=dates.now())


def naive(turn: str) -> None:
    """The control: looks, then acts, without the guarded update and without claims."""
    from django.db import transaction

    from backoffice.core import dates
    from backoffice.core.actor import Actor
    from billing.models import BillingRun, RunItem
    from billing.services import issue as module

    run = BillingRun.objects.get()
    _wait_for_the_others()
    for item in list(RunItem.objects.filter(run=run)):
        if RunItem.objects.get(pk=item.pk).state != "ready":
            continue
        time.sleep(0.02)
        with transaction.atomic():
            module._write(
                snapshot=item.payload,
                totals=(item.net_amount, item.tax_amount, item.gross_amount),
                payer_id=item.payer_id,
                actor=Actor.process(f"worker-{turn}"),
                at=dates.now(),
                extra={"run": run},
            )
            RunItem.objects.filter(pk=item.pk).update(state="issued")


def _wait_for_the_others() -> None:
    """All processes begin at the same whole moment, given by the parent."""
    time.sleep(max(0.0, float(os.environ.get("RACE_START", "0")) - time.time()))


def die(point: str, after: str) -> None:
    """Issues the whole run and kills itself at `point` after so many passes of it."""
    from backoffice.core.actor import Actor
    from billing.models import BillingRun
    from billing.services import issue as issue_module
    from billing.services import printing, whole_run

    seen = 0

    def deadly(function):
        def wrapped(*args, **kwargs):
            nonlocal seen
            seen += 1
            if seen > int(after):
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return wrapped

    module, name = {
        "validate": (issue_module, "check_snapshot"),
        "in_transaction": (issue_module, "claim"),
        "before_store": (printing, "store_document"),
        "before_mail": (printing, "plan_mail"),
    }[point]
    setattr(module, name, deadly(getattr(module, name)))
    whole_run.issue_whole_run(
        run=BillingRun.objects.get(), actor=Actor.process("mortal"), processes=1
    )


def report(path: str) -> None:
    """Counts and proofs as JSON, after finishing what is outstanding."""
    from backoffice.core.actor import Actor
    from backoffice.core.services.audit import verify_all
    from backoffice.delivery.models import Delivery
    from billing.models import BillingRun, Invoice
    from billing.queries import number_holes
    from billing.services.export_document import document_faults
    from billing.services.whole_run import issue_whole_run

    run = BillingRun.objects.get()
    before = Invoice.objects.count()
    issue_whole_run(run=run, actor=Actor.process("finisher"), processes=1)
    run.refresh_from_db()
    Path(path).write_text(
        json.dumps(
            {
                "before": before,
                "invoices": Invoice.objects.count(),
                "payers": Invoice.objects.values("payer").distinct().count(),
                "holes": number_holes("invoice-2023"),
                "state": run.state,
                "mails": Delivery.objects.count(),
                "faults": list(document_faults()),
                "audit": len(verify_all()),
                "total_matches": sum(i.gross_amount for i in Invoice.objects.all())
                == run.gross_total,
            }
        )
    )


if __name__ == "__main__":
    main()
