"""The yearly "confirm your contacts" round: asked, reminded, counted, closed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit, jobs
from backoffice.core.tokens import derived_token, token_hash
from backoffice.core.transitions import actor_user, guarded_update
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services import queue_message
from contacts.enums import ReviewState
from contacts.models import ConfirmationRound, ContactAddress, ContactConfirmation, Organisation
from contacts.queries import Reachable, duty_holders
from contacts.services.records import open_follow_up

REMIND_AFTER = timedelta(days=14)
MOST_REMINDERS = 2
NOBODY = "nobody_to_confirm"


def start_round(*, year: int, closes_on: date, on: date, actor: Actor) -> ConfirmationRound:
    """Opens the round of a year and queues the job that asks every member.

    Raises: RuleBroken when the year has its round; BadInput for a day that is not ahead.
    """
    if closes_on <= on:
        raise BadInput(_("The round closes on a later day."), code="closes", where="closes_on")
    with transaction.atomic():
        made = ConfirmationRound(year=year, started_on=on, closes_on=closes_on)
        made._history_user = actor_user(actor)  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError as error:
            raise RuleBroken(
                _("The round of %(year)s was started already.") % {"year": year}, code="round_open"
            ) from error
        audit.record("confirmations", "start", actor=actor, subject=made,
                     facts={"year": year, "closes": closes_on})  # fmt: skip
        jobs.enqueue("contacts.ask_confirmations", made.pk)
    return made


def ask_members(
    *,
    round_id: int,
    on: date,
    at: datetime,
    actor: Actor,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Asks one contact of every member who was not asked yet, one transaction each.

    Goes on where a killed worker stopped. A member of whom nobody can be reached becomes a task.
    Returns how many were asked now.
    """
    current = ConfirmationRound.objects.get(pk=round_id)
    members = (
        Organisation.objects.members(on=on).exclude(confirmations__round=current).order_by("pk")
    )
    ids = list(members.values_list("pk", flat=True))
    people = _first_reachable(ids, on=on)
    count = 0
    for number, pk in enumerate(ids, 1):
        person = people.get(pk)
        if person is None:
            open_follow_up(
                code=NOBODY, title=_("Confirmation of contacts: nobody can be reached by mail"),
                about=f"contacts.confirmationround:{current.pk}",
                organisation=Organisation.objects.get(pk=pk), actor=actor,
                due_on=current.closes_on,
            )  # fmt: skip
        elif _ask(current, person, on, actor):
            count += 1
        if number % 50 == 0:
            report(number, len(ids))
    guarded_update(current, expect={"year": current.year}, set={"asked_at": at}, actor=actor)
    report(len(ids), len(ids))
    return count


def _first_reachable(ids: list[int], *, on: date) -> dict[int, Reachable]:
    """The first holder of a duty, in the order of the roles, to whom mail may go."""
    found: dict[int, Reachable] = {}
    for holder in duty_holders(on=on, organisation_ids=ids):
        if not holder.why_not:
            found.setdefault(holder.organisation_id, holder)
    return found


def _ask(current: ConfirmationRound, person: Reachable, on: date, actor: Actor) -> bool:
    try:
        with transaction.atomic():
            row = ContactConfirmation(
                round=current, organisation_id=person.organisation_id,
                asked_contact_id=person.contact_id, asked_on=on,
            )  # fmt: skip
            row._history_user = actor_user(actor)  # type: ignore[attr-defined]
            row.save()
            ContactConfirmation.objects.filter(pk=row.pk).update(
                token_hash=token_hash(confirmation_token(row))
            )
            _send(row, person.address, person.language, turn=0)
    except IntegrityError:
        return False
    return True


def confirmation_token(row: ContactConfirmation) -> str:
    """The link of one organisation in one round."""
    return derived_token("confirmation", row.pk, row.round_id, row.asked_contact_id)


def _send(row: ContactConfirmation, address: str, language: str, *, turn: int) -> None:
    queue_message(
        kind="contacts.confirm_contacts",
        mail_class=MailClass.CONTRACT,
        address=address,
        dedupe_key=f"confirmation:{row.pk}:{turn}",
        about=f"contacts.contactconfirmation:{row.pk}",
        contact_id=row.asked_contact_id,
        organisation_id=row.organisation_id,
        language=language,
    )


def remind(*, on: date, actor: Actor) -> int:
    """Two weeks after the question and again two weeks later, while the round is open."""
    waiting = ContactConfirmation.objects.filter(
        state=ReviewState.ASKED, round__closes_on__gte=on, reminders__lt=MOST_REMINDERS
    ).select_related("asked_contact")
    count = 0
    for row in waiting:
        if row.asked_on is None or on < row.asked_on + REMIND_AFTER * (row.reminders + 1):
            continue
        address = ContactAddress.objects.filter(
            contact=row.asked_contact_id, valid_until__isnull=True, primary=True,
            address__isnull=False,
        ).first()  # fmt: skip
        if address is None or address.address is None:
            continue
        with transaction.atomic():
            turn = row.reminders + 1
            guarded_update(
                row, expect={"state": ReviewState.ASKED, "reminders": row.reminders},
                set={"reminders": turn}, actor=actor, reason="reminded",
            )  # fmt: skip
            _send(row, address.address, row.asked_contact.language, turn=turn)
        count += 1
    return count


def close_rounds(*, on: date, actor: Actor) -> int:
    """Questions of rounds that are over and got no answer."""
    over = ContactConfirmation.objects.filter(state=ReviewState.ASKED, round__closes_on__lt=on)
    count = 0
    for row in over:
        guarded_update(
            row, expect={"state": ReviewState.ASKED},
            set={"state": ReviewState.EXPIRED, "token_hash": ""}, actor=actor, reason="round closed",
        )  # fmt: skip
        count += 1
    return count


@dataclass(frozen=True)
class CountryCount:
    """How a country answers: members asked, answered (all right or with changes), and per cent."""

    country: str
    asked: int
    answered: int

    @property
    def percent(self) -> int:
        return self.answered * 100 // self.asked if self.asked else 0


ANSWERS = frozenset(
    {ReviewState.ANSWERED, ReviewState.KEPT, ReviewState.APPROVED, ReviewState.REFUSED}
)


def round_counts(current: ConfirmationRound) -> tuple[Counter, list[CountryCount]]:
    """State → number, and the response per country; one query."""
    states: Counter = Counter()
    asked: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    rows = current.confirmations.values_list("state", "organisation__country")
    for state, country in rows:
        states[state] += 1
        asked[country][0] += 1
        asked[country][1] += state in ANSWERS
    countries = [CountryCount(country, *numbers) for country, numbers in sorted(asked.items())]
    return states, countries
