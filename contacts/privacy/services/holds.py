"""Legal hold: claims are being made or defended, so nothing about somebody goes (Art. 17 (3) (e))."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models, transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.personal_data import FINDERS, Subject
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update
from contacts.models import Contact, Organisation, RoleAssignment
from contacts.privacy.models import LegalHold
from contacts.privacy.services.subjects import subject_of_contact

STREAM = "retention"
# Columns by which rows of any app hang on an organisation.
ORGANISATION_COLUMNS = ("organisation_id", "payer_id", "organisation_ref")


def set_hold(
    *,
    reason: str,
    since: date,
    until: date,
    actor: Actor,
    contact: Contact | None = None,
    organisation: Organisation | None = None,
) -> LegalHold:
    """A hold from ``since`` until the day before ``until``.

    Raises: BadInput for both or neither, without a reason or an end, or for an erased person.
    """
    if (contact is None) == (organisation is None):
        raise BadInput("A hold is on a person or on an organisation.", code="hold_on")
    if not reason.strip() or "@" in reason:
        raise BadInput("Say why, without an address.", code="reason", where="reason")
    if until <= since:
        raise BadInput("A hold ends after it starts.", code="until", where="until")
    if contact is not None and contact.erased_at is not None:
        raise BadInput("This person has been removed already.", code="erased")
    with transaction.atomic():
        hold = LegalHold.objects.create(
            contact=contact, organisation=organisation, reason=reason.strip()[:300], since=since,
            until=until, set_by=actor_user(actor),
        )  # fmt: skip
        audit.record(STREAM, "hold", actor=actor, subject=hold, facts={"until": until})
    return hold


def lift_hold(*, hold: LegalHold, actor: Actor) -> LegalHold:
    """Raises: InvalidTransition when it is lifted already."""
    with transaction.atomic():
        guarded_update(
            hold, expect={"lifted_at": None},
            set={"lifted_at": dates.now(), "lifted_by": actor_user(actor)}, actor=actor,
        )  # fmt: skip
        audit.record(STREAM, "lift_hold", actor=actor, subject=hold)
    return hold


def hold_on_person(contact: Contact | None, *, on: date) -> LegalHold | None:
    """The hold that stands on the person: own, or of an organisation the person serves or served."""
    if contact is None:
        return None
    served = contact.duties.values("organisation_id")
    standing = LegalHold.objects.holding(on=on)
    return standing.filter(
        models.Q(contact=contact) | models.Q(organisation__in=served)
    ).order_by("-until").first()  # fmt: skip


def refuse_under_hold(contact: Contact | None, *, on: date) -> None:
    """Raises: RuleBroken while a legal hold stands on the person."""
    hold = hold_on_person(contact, on=on)
    if hold is not None:
        last = dates.last_day(hold.until)
        raise RuleBroken(
            f"A legal hold stands until {last:%d %B %Y}: nothing is removed before. "
            "Refuse with Art. 17 (3) (e), or lift the hold.",
            code="legal_hold",
        )


class Held:
    """Everything under hold on a day, looked up once per run."""

    def __init__(self, *, on: date) -> None:
        standing = list(LegalHold.objects.holding(on=on))
        self.organisations = {h.organisation_id for h in standing if h.organisation_id}
        people = {hold.contact_id for hold in standing if hold.contact_id}
        people |= set(
            RoleAssignment.objects.filter(organisation__in=self.organisations).values_list(
                "contact_id", flat=True
            )
        )
        living = Contact.objects.living().filter(pk__in=people)
        self.subjects: list[Subject] = [subject_of_contact(contact) for contact in living]

    def __bool__(self) -> bool:
        return bool(self.subjects or self.organisations)

    def rows_of(self, model: type[models.Model]) -> set[Any]:
        """Primary keys of the model's rows that nobody may touch."""
        if not self:
            return set()
        label, found = model._meta.label_lower, set()
        for _name, finder in FINDERS:
            if finder.label.lower() == label:
                for subject in self.subjects:
                    found |= set(finder.rows(subject).values_list("pk", flat=True))
        columns = {field.attname for field in model._meta.concrete_fields}
        for column in columns.intersection(ORGANISATION_COLUMNS):
            rows = model._base_manager.filter(**{f"{column}__in": self.organisations})
            found |= set(rows.values_list("pk", flat=True))
        return found
