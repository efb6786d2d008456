"""A sealed figure was wrong: the next run bills or credits the difference, once."""

from datetime import date
from decimal import Decimal

import pytest

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from billing.fees.input_file import parse_members
from billing.models import Invoice, UsageCorrection, UsageRow
from billing.services.corrections import cancel_invoice
from billing.services.issue import issue_items
from billing.services.runs import approve_run, finish_issuing, review_run, start_issuing
from billing.services.usage_corrections import (
    figure_so_far,
    record_correction,
    withdraw_correction,
)
from tests.billing.world import (
    APPROVER,
    DAY,
    NOW,
    PREPARER,
    computed_run,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NEXT_DAY = date(2024, 1, 8)


def issued(run):
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    return finish_issuing(run=run, actor=PREPARER, at=NOW)


def issue(run):
    review_run(run=run, actor=PREPARER)
    approve_run(run=run, actor=APPROVER, at=NOW)
    return issued(start_issuing(run=run, actor=PREPARER))


@pytest.fixture
def library():
    make_agency()
    return make_member("Library")


@pytest.fixture
def billed(library):
    """The sealed snapshot that billed 1,000 registrations of 2022."""
    snapshot = sealed_usage({library: 1000})
    issued(issuing_run(snapshot))
    return snapshot


def correct(snapshot, organisation, count, **more):
    return record_correction(
        snapshot=snapshot, organisation=organisation, count=count, reason="counted twice",
        actor=PREPARER, at=NOW, **more,
    )  # fmt: skip


def next_run(library, count=1000):
    return computed_run(sealed_usage({library: count}, year=2023), year=2024, invoice_date=NEXT_DAY)


def test_the_next_run_credits_what_was_too_much(library, billed):
    correction = correct(billed, library, 900)
    run = next_run(library)
    item = run.items.get()
    assert item.net_amount == Decimal("3220.00")
    assert "usage_correction" in item.exceptions
    line = item.payload["lines"][-1]
    assert (line["net"], line["corrections"]) == ("-80.00", [correction.pk])
    assert line["label"] == "Correction for 2023: DOI fee"
    assert (line["start"], line["end"]) == ("2023-01-01", "2023-12-31")
    issue(run)
    correction.refresh_from_db()
    invoice = Invoice.objects.get(run=run)
    assert (correction.state, correction.run, correction.invoice) == ("billed", run, invoice)
    assert UsageRow.objects.get(snapshot=billed).count == 1000
    assert figure_so_far(billed, organisation=library) == 900


def test_it_is_settled_once_and_a_later_one_builds_on_it(library, billed):
    correct(billed, library, 900)
    issue(next_run(library))
    later = correct(billed, library, 1100)
    assert later.before == 900
    run = computed_run(sealed_usage({library: 1000}, year=2024), year=2025,
                       invoice_date=date(2025, 1, 8))  # fmt: skip
    nets = [line["net"] for line in run.items.get().payload["lines"]]
    assert nets == ["2000.00", "500.00", "800.00", "160.00"]


def test_a_cancelled_invoice_gives_the_correction_back(library, billed):
    correction = correct(billed, library, 900)
    run = issue(next_run(library))
    cancel_invoice(invoice=run.invoices.get(), reason="wrong address", on=NEXT_DAY, actor=PREPARER,
                   at=NOW)  # fmt: skip
    correction.refresh_from_db()
    assert (correction.state, correction.invoice, correction.run) == ("open", None, None)
    again = computed_run(run.snapshot, year=2024, invoice_date=NEXT_DAY)
    assert again.items.get().payload["lines"][-1]["net"] == "-80.00"


def test_two_runs_never_settle_the_same_correction(library, billed):
    correct(billed, library, 900)
    run = next_run(library)
    review_run(run=run, actor=PREPARER)
    approve_run(run=run, actor=APPROVER, at=NOW)
    UsageCorrection.objects.get().delete()
    taken = correct(billed, library, 900)
    withdraw_correction(correction=taken, reason="was right", actor=PREPARER)
    run.items.update(payload=_with_correction(run, taken.pk))
    issued(start_issuing(run=run, actor=PREPARER))
    item = run.items.get()
    assert (item.state, Invoice.objects.filter(run=run).count()) == ("parked", 0)
    assert "settled elsewhere" in item.reason


def _with_correction(run, pk):
    payload = run.items.get().payload
    payload["lines"][-1]["corrections"] = [pk]
    return payload


def test_a_change_without_effect_is_closed_by_the_run(library):
    snapshot = sealed_usage({library: 2500})
    issued(issuing_run(snapshot))
    correction = correct(snapshot, library, 2600)
    run = next_run(library)
    assert len(run.items.get().payload["lines"]) == 3
    issue(run)
    correction.refresh_from_db()
    assert (correction.state, correction.run, correction.invoice) == ("billed", run, None)


def test_a_member_that_has_left_is_billed_by_itself(library, billed):
    other = make_member("Other")
    correct(billed, library, 1500)
    library.memberships.update(valid_until=date(2023, 12, 31), end_reason="resigned")
    run = computed_run(sealed_usage({other: 0}, year=2023), year=2024, invoice_date=NEXT_DAY)
    item = run.items.get(payer=library)
    assert (item.part, item.net_amount, item.state) == ("c-scope", Decimal("400.00"), "ready")


def test_a_credit_beyond_the_new_fees_is_parked_with_what_to_do(library, billed):
    other = make_member("Other")
    correct(billed, library, 0)
    library.memberships.update(valid_until=date(2023, 12, 31), end_reason="resigned")
    run = computed_run(sealed_usage({other: 0}, year=2023), year=2024, invoice_date=NEXT_DAY)
    item = run.items.get(payer=library)
    assert item.state == "parked"
    assert "credit the invoice of the year before" in item.reason


def test_fees_already_billed_leave_the_correction_on_its_own(library, billed):
    run = issue(next_run(library))
    correct(billed, library, 1500)
    second = computed_run(run.snapshot, year=2024, invoice_date=NEXT_DAY)
    states = {item.part: (item.state, item.net_amount) for item in second.items.all()}
    assert states == {
        "scope": ("nothing", Decimal("3300.00")), "c-scope": ("ready", Decimal("400.00")),
    }  # fmt: skip


def test_one_that_cannot_be_priced_is_named_and_goes_on_waiting(library, billed):
    correction = correct(billed, library, 20_000_000)
    run = next_run(library)
    blocked = run.items.get(part="correction")
    assert "above the last tier" in blocked.reason
    issue(run)
    correction.refresh_from_db()
    assert correction.state == "open"


def test_inputs_of_the_run_are_kept_in_the_form_of_the_simulation(library, billed):
    run = billed.runs.get()
    (member,) = parse_members(run.inputs.members)
    assert (member.id, member.dois, member.member_type) == (str(library.pk), 1000, "direct_member")
    library.annual_revenue = Decimal(5)
    library.save()
    correct(billed, library, 900)
    line = next_run(library).items.get().payload["lines"][-1]
    assert line["net"] == "-80.00"


def test_refusals_name_what_is_wrong(library, billed):
    with pytest.raises(BadInput, match="Say why"):
        record_correction(snapshot=billed, organisation=library, count=1, reason=" ",
                          actor=PREPARER, at=NOW)  # fmt: skip
    with pytest.raises(BadInput, match="is 1000 already"):
        correct(billed, library, 1000)
    with pytest.raises(BadInput, match="not a possible number"):
        correct(billed, library, -1)
    correct(billed, library, 900)
    with pytest.raises(RuleBroken, match="waits already"):
        correct(billed, library, 800)
    unbilled = sealed_usage({library: 5}, year=2021)
    with pytest.raises(RuleBroken, match="billed nothing yet"):
        correct(unbilled, library, 6)
    done = UsageCorrection.objects.get()
    withdraw_correction(correction=done, reason="was right", actor=PREPARER)
    with pytest.raises(InvalidTransition):
        withdraw_correction(correction=done, reason="again", actor=PREPARER)


def test_computing_again_says_what_changed(library):
    museum = make_member("Museum")
    run = computed_run(sealed_usage({library: 1000, museum: 1000}))
    assert run.preview_changes == {}
    from billing.services.compute import compute_run

    museum.duties.all().delete()
    compute_run(run=run, actor=PREPARER, at=NOW)
    assert run.preview_changes == {
        "before": "7854.00", "changed": 1, "payers": [[museum.pk, "3927.00", ""]],
    }  # fmt: skip
    assert run.invoice_date == DAY
