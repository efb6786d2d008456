"""Series: who comes in, who goes out, and whose next step is due. Run once a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Message, MessageKind
from backoffice.delivery.services import is_suppressed, queue_message
from contacts.models import ContactAddress
from mailings.content import Rendered, render_content
from mailings.models import Series, SeriesEntry, SeriesStep
from mailings.segments.compiler import contacts_matching
from mailings.services.basis import duties_with_basis
from mailings.services.messages import filled, list_headers
from mailings.services.people import NOBODY, Person, people_of, values_for, why_duty

STEP_KIND = "mailings.series_step"
TOPIC = "series-"


def step_kind() -> MessageKind:
    """The kind of a step's mail."""
    return MessageKind(
        build=build_step,
        one_click=True,
        recheck=recheck_steps,
        title=gettext_lazy("Step of a series"),
    )


def topic_of(series: Series) -> str:
    """Under which topic a series is left: leaving it stops nothing else."""
    return f"{TOPIC}{series.pk}"


def series_label(code: str) -> str:
    """The name of the series behind such a topic; empty for any other."""
    number = code.removeprefix(TOPIC)
    if not code.startswith(TOPIC) or not number.isdigit():
        return ""
    return Series.objects.filter(pk=int(number)).values_list("name", flat=True).first() or ""


def run_series(*, series: Series, on: date, actor: Actor) -> dict[str, int]:
    """Entries, exits and due steps of one series; repeatable on the same day.

    Nobody comes in twice. Who no longer matches the entry segment, is in the exit segment, or has
    left the series or its class, goes out and gets no further step. Changing a step sends nothing
    again.

    Returns: the numbers of people entered, left, and of steps queued.
    """
    if not series.active:
        return {"entered": 0, "left": 0, "steps": 0}
    matching = _matching(series, on)
    result = {"entered": _enter(series, matching, on), "left": 0, "steps": 0}
    steps = list(series.steps.order_by("position"))
    for entry in series.entries.filter(ended_on=None).select_related("contact", "series"):
        reason = _exit_reason(entry, matching, steps)
        if reason:
            _leave(entry, reason, on)
            result["left"] += 1
            continue
        result["steps"] += _send_due(entry, steps, on)
    audit.record(f"series:{series.pk}", "run", actor=actor, subject=series, facts=result)
    return result


def _matching(series: Series, on: date, contacts: set[int] | None = None) -> set[int]:
    """Who is in the entry segment, not in the exit segment, and may be written to by a duty."""
    people = contacts_matching(series.entry.rule, on=on)
    if contacts is not None:
        people = people.filter(pk__in=contacts)
    matching = set(people.values_list("pk", flat=True))
    if series.exit is not None:
        out = contacts_matching(series.exit.rule, on=on)
        matching -= set(out.values_list("pk", flat=True))
    duties = duties_with_basis(series.mail_class, on=on, contacts=contacts)
    return matching & set(duties.values_list("contact_id", flat=True))


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
    series = entry.series
    if is_suppressed(address, mail_class=series.mail_class, topic=topic_of(series)):
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
            topic=topic_of(entry.series),
            address=_address(entry),
            dedupe_key=f"series:{entry.series_id}:{entry.contact_id}:{step.position}",
            about=f"mailings.seriesstep:{step.pk}",
            contact_id=entry.contact_id,
            language=entry.contact.language,
        )
    return 1


def _step_of(delivery: Delivery) -> int:
    return int(delivery.about.rpartition(":")[2])


def recheck_steps(deliveries: Sequence[Delivery]) -> dict[int, str]:
    """Delivery id → why a step must not leave any more: out of the series since it was queued."""
    steps = SeriesStep.objects.select_related("series__entry", "series__exit").in_bulk(
        [_step_of(row) for row in deliveries]
    )
    reasons = {}
    for step in steps.values():
        rows = [row for row in deliveries if _step_of(row) == step.pk]
        contacts = {row.contact_ref for row in rows if row.contact_ref}
        matching = _matching(step.series, dates.today(), contacts)
        reasons.update(
            {row.pk: "left the series" for row in rows if row.contact_ref not in matching}
        )
    return reasons


def texts_of(step: SeriesStep) -> dict[str, tuple[str, str]]:
    """Language → (subject, body); German where it is written."""
    texts = {"en-gb": (step.subject, step.body)}
    if step.body_de:
        texts["de"] = (step.subject_de or step.subject, step.body_de)
    return texts


def rendered_step(step: SeriesStep, language: str) -> tuple[str, Rendered]:
    """(language really used, both parts). Raises: ContentError."""
    texts = texts_of(step)
    used = "de" if language.startswith("de") and "de" in texts else "en-gb"
    return used, render_content(*texts[used])


def step_message(step: SeriesStep, person: Person, language: str) -> Message:
    """One step as one person gets it. Raises: ContentError."""
    used, rendered = rendered_step(step, language)
    message = filled(
        Message(rendered.subject, rendered.text, rendered.html),
        values_for(person, used, rendered.defaults),
    )
    series = step.series
    with translation.override(used):
        reason = why_duty(person, series.mail_class, used)
        reason += " " + _("It is part of the series “%(name)s”.") % {"name": series.name}
    headers = list_headers(topic_of(series), series.name, f"s{series.pk}", series.mail_class)
    return replace(message, why=reason, headers=headers)


def build_step(delivery: Delivery, secret: Callable[[str], str]) -> Message:
    """One step's mail for one person."""
    step = SeriesStep.objects.select_related("series").get(pk=_step_of(delivery))
    ids = {delivery.contact_ref} if delivery.contact_ref else set()
    person = people_of(ids).get(delivery.contact_ref or 0, NOBODY)
    return step_message(step, person, delivery.language)
