"""The run's page: warnings, payers kept out, who cannot be reached, what computing again changed."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import jobs
from billing.models import Invoice
from billing.services.issue import issue_items
from billing.services.payments import record_payment
from billing.services.proposals import end_schedule
from billing.services.run_checks import (
    hold_payer,
    received,
    release_payer,
    unreachable_items,
    warnings_of,
)
from billing.services.runs import approve_run, finish_issuing, review_run
from billing.services.schedules import schedule_named
from tests.billing.staff import staff_client
from tests.billing.world import (
    APPROVER,
    DAY,
    NOW,
    PREPARER,
    computed_run,
    draft_run,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def library():
    make_agency()
    return make_member("Library")


def test_what_is_unusual_in_a_run_is_said(library):
    snapshot = sealed_usage({library: 1})
    assert warnings_of(draft_run(snapshot)) == [
        "The usage figures were not compared with the registry: a test"
    ]
    run = draft_run(None, year=2027, invoice_date=date(2026, 12, 30), schedule="datacite-2022")
    texts = " ".join(warnings_of(run))
    for words in ("not on 1 January 2027", "no usage figures", "outside the year billed"):
        assert words in texts
    end_schedule(schedule=schedule_named("datacite-2022"), until=date(2022, 7, 1), actor=PREPARER)
    run.schedule.refresh_from_db()
    assert "was replaced by a newer version" in " ".join(warnings_of(run))


def test_a_payer_is_kept_out_and_taken_in_again(library):
    museum = make_member("Museum")
    run = computed_run(sealed_usage({library: 1000, museum: 0}))
    hold_payer(run=run, payer=library, reason="merger pending", actor=PREPARER, at=NOW)
    item = run.items.get(payer=library)
    assert (item.state, item.reason) == ("parked", "kept out: merger pending")
    assert run.gross_total == Decimal("2975.00")
    assert run.preview_changes["payers"] == [[library.pk, "3927.00", ""]]
    with pytest.raises(RuleBroken, match="kept out already"):
        hold_payer(run=run, payer=library, reason="again", actor=PREPARER, at=NOW)
    with pytest.raises(BadInput):
        hold_payer(run=run, payer=museum, reason=" ", actor=PREPARER, at=NOW)
    release_payer(run=run, payer=library, actor=PREPARER, at=NOW)
    assert run.gross_total == Decimal("6902.00")
    with pytest.raises(RuleBroken, match="is not kept out"):
        release_payer(run=run, payer=library, actor=PREPARER, at=NOW)
    review_run(run=run, actor=PREPARER)
    approve_run(run=run, actor=APPROVER, at=NOW)
    with pytest.raises(RuleBroken, match="approved run"):
        hold_payer(run=run, payer=museum, reason="late", actor=PREPARER, at=NOW)


def issued(run):
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    return finish_issuing(run=run, actor=PREPARER, at=NOW)


def test_a_run_dated_before_what_is_issued_is_refused_at_approval(library):
    run = issued(issuing_run(sealed_usage({library: 1000})))
    museum = make_member("Museum")
    early = computed_run(sealed_usage({museum: 0}), invoice_date=date(2023, 1, 2))
    review_run(run=early, actor=PREPARER)
    with pytest.raises(RuleBroken, match="2023-000001 is dated 2023-01-09"):
        approve_run(run=early, actor=APPROVER, at=NOW)
    assert run.invoices.count() == Invoice.objects.count() == 1


def test_what_came_in_for_a_run(library):
    run = issued(issuing_run(sealed_usage({library: 1000})))
    assert received(run) == 0
    invoice = run.invoices.get()
    record_payment(amount=Decimal("500.00"), currency="EUR", received_on=DAY, actor=PREPARER,
                   parts=[(invoice, Decimal("500.00"))])  # fmt: skip
    assert received(run) == 500


@pytest.fixture
def page_of():
    return lambda run: reverse("admin:billing_billingrun_change", args=[run.pk])


def test_whoever_approves_acknowledges_members_out_of_reach(library, client, settings):
    library.duties.update(unreachable_since=DAY, unreachable_reason="unsubscribed")
    run = computed_run(sealed_usage({library: 1000}))
    assert [item.payer for item in unreachable_items(run)] == [library]
    review_run(run=run, actor=PREPARER)
    staff = staff_client(client, settings, "billing.view_billingrun", "billing.approve_billingrun")
    do = reverse("admin:billing_billingrun_do", args=[run.pk, "approve"])
    assert "1 invoices reach nobody by mail" in staff.get(do).content.decode()
    assert "go as letters" in staff.post(do, {}).content.decode()
    run.refresh_from_db()
    assert run.state == "reviewed"
    staff.post(do, {"letters": "on"})
    run.refresh_from_db()
    assert run.state == "approved"


def test_views_search_and_lines_of_the_page(library, page_of, client, settings):
    museum = make_member("Museum", contact=False)
    run = computed_run(sealed_usage({library: 1000, museum: 0}))
    viewer = staff_client(client, settings, "billing.view_billingrun")
    content = viewer.get(page_of(run)).content.decode()
    for words in ("3 lines", "DOI fee", "800.00", "was not compared"):
        assert words.replace("was", "were") in content or words in content
    assert "Keep out" not in content
    assert "no billing contact" in viewer.get(page_of(run), {"show": "parked"}).content.decode()
    found = viewer.get(page_of(run), {"q": "museum"}).content.decode()
    assert "3 lines" not in found
    for show in ("nothing", "exceptions", "changes", "nonsense"):
        assert viewer.get(page_of(run), {"show": show}).status_code == 200
    hold = reverse("admin:billing_run_hold", args=[run.pk])
    assert viewer.post(hold, {"payer": library.pk, "reason": "x"}).status_code == 403


def test_kept_out_on_the_page(library, page_of, client, settings):
    run = computed_run(sealed_usage({library: 1000}))
    clerk = staff_client(client, settings, "billing.view_billingrun", "billing.prepare_billingrun")
    hold = reverse("admin:billing_run_hold", args=[run.pk])
    assert clerk.get(hold).status_code == 405
    clerk.post(hold, {"payer": library.pk, "reason": "merger"})
    assert "kept out: merger" in clerk.get(page_of(run), {"show": "parked"}).content.decode()
    assert "Library" in clerk.get(page_of(run), {"show": "changes"}).content.decode()
    clerk.post(hold, {"payer": library.pk, "act": "release"})
    assert run.items.get().state == "ready"


def test_the_job_issues_prints_and_mails(library):
    run = issuing_run(sealed_usage({library: 1000}))
    job = jobs.enqueue("billing.issue_run", run.pk)
    jobs.execute(jobs.start(str(job.pk), worker="w"))
    job.refresh_from_db()
    run.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 1, 1)
    assert (run.state, run.invoices.get().sent_at is not None) == ("issued", True)
