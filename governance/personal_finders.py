"""How a person's rows are found in governance, and which of them a named rule keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import models
from django.db.models import Q

from backoffice.core.dates import add_months
from backoffice.core.mentions import rows_naming
from backoffice.core.models import StoredDocument
from backoffice.core.models.documents import REMOVED_NAME
from backoffice.core.personal_data import Finder, Keep, Subject
from governance.enums import ElectionState, NominationState
from governance.models import (
    AgendaItem,
    Contest,
    Election,
    Minutes,
    MinutesObjection,
    Nomination,
    OpenVote,
    Option,
    RollCorrection,
    RollEntry,
    Term,
)

ROLL, OFFICE, MINUTES = "electoral_roll", "office_record", "minutes_record"
# A picture served the vote; months after the result is certified.
PICTURE_MONTHS = 6
Rows = Callable[[Subject], models.QuerySet]


def _by_contact_or_name(model: type[models.Model], fields: str = "") -> Rows:
    """Rows of the contact, and rows that name the person in one of the fields."""

    def rows(subject: Subject) -> models.QuerySet:
        own = Q(pk__in=[])
        if subject.contact_id is not None:
            own = Q(contact_id=subject.contact_id)
        return rows_naming(model, fields.split(), subject, also=own)

    return rows


def _by_name(model: type[models.Model], fields: str) -> Rows:
    def rows(subject: Subject) -> models.QuerySet:
        return rows_naming(model, fields.split(), subject)

    return rows


def _standing_in(subject: Subject) -> models.QuerySet:
    """Elections on whose ballot paper the person stands, or whose texts name the person."""
    papers = Option.objects.none()
    if subject.contact_id is not None:
        papers = Option.objects.filter(contact_id=subject.contact_id)
    return rows_naming(
        Election, ["title", "title_de", "definition", "report"], subject,
        also=Q(pk__in=papers.values("contest__election")),
    )  # fmt: skip


def _pictures(subject: Subject) -> models.QuerySet:
    """Pictures of the person as a candidate."""
    if subject.contact_id is None:
        return StoredDocument.objects.none()
    on_paper = Option.objects.filter(contact_id=subject.contact_id, photo__isnull=False)
    proposed = Nomination.objects.filter(contact_id=subject.contact_id, photo__isnull=False)
    return StoredDocument.objects.filter(
        Q(pk__in=on_paper.values("photo")) | Q(pk__in=proposed.values("photo"))
    ).exclude(file_name__startswith=REMOVED_NAME)


def _keep_while_running(row: models.Model, on: date) -> Keep | None:
    election: Election = row.election  # type: ignore[attr-defined]
    if election.destroyed_on is not None or election.state == ElectionState.CANCELLED:
        return None
    return Keep(election.destroy_after, ROLL)


def _keep(rule: str) -> Callable[[models.Model, date], Keep]:
    def keep(row: models.Model, on: date) -> Keep:
        return Keep(None, rule)

    return keep


def _keep_candidature(row: models.Model, on: date) -> Keep | None:
    """Whoever is or was on a paper stays in the record; a proposal that led nowhere does not."""
    stood = row.state in (NominationState.ACCEPTED, NominationState.LISTED)  # type: ignore[attr-defined]
    return Keep(None, OFFICE) if stood else None


def _keep_picture(row: models.Model, on: date) -> Keep | None:
    elections = Election.objects.filter(
        Q(contests__options__photo=row.pk) | Q(contests__nominations__photo=row.pk)
    )
    ends = [picture_goes_on(election) for election in elections.distinct()]
    if not ends:
        return None
    return Keep(None if None in ends else max(filter(None, ends)), OFFICE)


def picture_goes_on(election: Election) -> date | None:
    """First day on which candidates' pictures may go; None while the vote is not certified."""
    if election.state == ElectionState.CANCELLED:
        return election.closes_at.date()
    if election.certified_on is None:
        return None
    return add_months(election.certified_on, PICTURE_MONTHS)


def finders() -> dict[str, Finder]:
    """By name of the finder; rows that stay are named with their rule, so that the plan says so."""
    return {
        "governance.roll": Finder(
            "governance.rollentry", _by_contact_or_name(RollEntry), _keep_while_running
        ),
        "governance.roll_corrections": Finder(
            "governance.rollcorrection", _by_name(RollCorrection, "reason"), _keep(ROLL)
        ),
        "governance.terms": Finder(
            "governance.term", _by_contact_or_name(Term, "end_reason"), _keep(OFFICE)
        ),
        "governance.options": Finder(
            "governance.option", _by_contact_or_name(Option, "name name_de statement"),
            _keep(OFFICE),
        ),
        "governance.contests": Finder(
            "governance.contest", _by_name(Contest, "title title_de text text_de"), _keep(OFFICE)
        ),
        "governance.elections": Finder("governance.election", _standing_in, _keep(OFFICE)),
        "governance.nominations": Finder(
            "governance.nomination",
            _by_contact_or_name(
                Nomination, "given_name family_name address statement reason"
            ),
            _keep_candidature,
        ),
        "governance.pictures": Finder(
            "core.storeddocument", _pictures, _keep_picture, action="delete_file"
        ),
        "governance.minutes": Finder(
            "governance.minutes", _by_name(Minutes, "text signed_by"), _keep(MINUTES)
        ),
        "governance.objections": Finder(
            "governance.minutesobjection", _by_name(MinutesObjection, "text outcome"),
            _keep(MINUTES),
        ),
        "governance.agenda": Finder(
            "governance.agendaitem", _by_name(AgendaItem, "title text"), _keep(MINUTES)
        ),
        "governance.open_votes": Finder(
            "governance.openvote", _by_name(OpenVote, "title text report"), _keep(MINUTES)
        ),
    }  # fmt: skip
