"""Series: who comes in, who goes out, and whose next step is due. Run once a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Message, MessageKind
from backoffice.delivery.services import is_suppressed, queue_message
from contacts.models import ContactAddress
from mailings.content import render_content
from mailings.models import Series, SeriesEntry, SeriesStep
from mailings.segments.compiler import contacts_matching
from mailings.services.messages import NOBODY, filled, people_of, values_for

STEP_KIND = "mailings.series_step"


def step_kind() -> MessageKind:
    """The kind of a step's mail."""
    return MessageKind(build=build_step)


def run_series(*, series: Series, on: date, actor: Actor) -> dict[str, int]:
    """Entries, exits and due steps of one series; repeatable on the same day.

    Nobody comes in twice. Who no longer matches the entry segment, or has left this class of mail,
    goes out and gets no further step. Changing a step sends nothing again.

    Returns: the numbers of people entered, left, and of steps queued.
    """
    if not series.active:
        return {"entered": 0, "left": 0, "steps": 0}
    matching = set(contacts_matching(series.entry.rule, on=on).values_list("pk", flat=True))
    result = {"entered": _enter(series, matching, on), "left": 0, "steps": 0}
    steps = list(series.steps.order_by("position"))
    for entry in series.entries.filter(ended_on=None).select_related("contact"):
        reason = _exit_reason(entry, matching, steps)
        if reason:
            _leave(entry, reason, on)
            result["left"] += 1
            continue
        result["steps"] += _send_due(entry, steps, on)
    audit.record(f"series:{series.pk}", "run", actor=actor, subject=series, facts=result)
    return result


def _enter(series: Series, matching: set[int], on: date) -> int:
    known = set(series.entries.values_list("contact_id", flat=True))
    # People who were there before the series was switched on are noted as done, once.
    first = not known and series.active_from is not None and series.active_from < on
    fresh = [
        SeriesEntry(
            series=series,
            contact_id=pk,
            entered_on=on,
            ended_on=on if first else None,
            end_reason="was there before" if first else "",
        )
        for pk in sorted(matching - known)
    ]
    SeriesEntry.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    return 0 if first else len(fresh)


def _exit_reason(entry: SeriesEntry, matching: set[int], steps: list[SeriesStep]) -> str:
    if entry.contact_id not in matching:
        return "no longer matches"
    if steps and entry.last_step >= steps[-1].position:
        return "completed"
    address = _address(entry)
    if not address:
        return "no address"
    if is_suppressed(address, mail_class=entry.series.mail_class):
        return "unsubscribed"
    return ""


def _address(entry: SeriesEntry) -> str:
    found = ContactAddress.objects.filter(
        contact=entry.contact_id, valid_until__isnull=True, primary=True, address__isnull=False
    ).values_list("address", flat=True)
    return found.first() or ""


def _leave(entry: SeriesEntry, reason: str, on: date) -> None:
    SeriesEntry.objects.filter(pk=entry.pk, ended_on=None).update(ended_on=on, end_reason=reason)


def _send_due(entry: SeriesEntry, steps: list[SeriesStep], on: date) -> int:
    """Queues the next step when its day has come; one step a run, in their order."""
    step = next((s for s in steps if s.position > entry.last_step), None)
    if step is None or entry.entered_on + timedelta(days=step.days_after) > on:
        return 0
    with transaction.atomic():
        moved = SeriesEntry.objects.filter(
            pk=entry.pk, last_step=entry.last_step, ended_on=None
        ).update(last_step=step.position)
        if not moved:
            return 0
        queue_message(
            kind=STEP_KIND,
            mail_class=entry.series.mail_class,
            address=_address(entry),
            dedupe_key=f"series:{entry.series_id}:{entry.contact_id}:{step.position}",
            about=f"mailings.seriesstep:{step.pk}",
            contact_id=entry.contact_id,
            language=entry.contact.language,
        )
    return 1


def build_step(delivery: Delivery, secret: Callable[[str], str]) -> Message:
    """One step's mail for one person."""
    step = SeriesStep.objects.get(pk=int(delivery.about.rpartition(":")[2]))
    german = delivery.language.startswith("de") and bool(step.body_de)
    subject = step.subject_de if german else step.subject
    rendered = render_content(subject or step.subject, step.body_de if german else step.body)
    ids = {delivery.contact_ref} if delivery.contact_ref else set()
    person = people_of(ids, {*rendered.fields, "given_name"}).get(delivery.contact_ref or 0, NOBODY)
    message = filled(
        Message(rendered.subject, rendered.text, rendered.html),
        values_for(person, delivery.language),
    )
    with translation.override(delivery.language):
        return replace(message, why=_("You get this mail because you are new in a duty."))
