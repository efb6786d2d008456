"""What governance holds about people, and how it is treated."""

from __future__ import annotations

from datetime import date

from django.db import models

from backoffice.core.personal_data import FINDERS, Finder, Keep, Personal, Subject, declare
from governance.models import Election, Nomination, Option, RollEntry, Term

ROLL = Personal(
    "governance", "right to vote of a member", "6(1)(b)", "election_end", "blank", "contact"
)
STATEMENT = Personal(
    "governance", "candidature for an office", "6(1)(f)", "election_record", "keep", "contact"
)
# The definition is published and signed as a whole, other people's names in it: not exported.
ON_THE_PAPER = Personal(
    "governance", "candidature as published", "6(1)(f)", "election_record", "keep", "contact", False
)
PROPOSED = Personal(
    "identity", "asking a proposed candidate", "6(1)(f)", "election_end", "blank", "contact"
)
# Minutes are the record of the assembly; who spoke or was elected stands in them.
MINUTES = Personal(
    "governance", "record of a meeting", "6(1)(c)", "election_record", "keep", "contact", False
)
REASON = Personal("free_text", "why something was decided", "6(1)(f)", "election_record", "keep")


def declare_governance() -> None:
    declare("governance.Body", none=["code", "name", "name_de"])
    declare("governance.Seat", none=["code", "label", "seat_class"])
    declare("governance.Term", personal={"end_reason": REASON})
    declare("governance.Meeting", none=["title", "place"])
    declare("governance.AgendaItem", none=["title", "text"])
    declare("governance.NoticeSent", none=["reason"])
    declare(
        "governance.Election",
        none=(
            "slug title title_de definition_id roll_root public_key rehearsal_expected "
            "rehearsed_hash page_hash lot_seed second_engine"
        ).split(),
        personal={"definition": ON_THE_PAPER, "report": ON_THE_PAPER},
    )
    declare(
        "governance.Contest",
        none="code title title_de text text_de rule params classes seat_class".split(),
    )
    declare(
        "governance.Option",
        none=["code"],
        personal={"name": STATEMENT, "name_de": STATEMENT, "statement": STATEMENT},
    )
    declare("governance.OpenVote", none=["title", "text", "fraction", "report"])
    declare("governance.NamedAnswer")
    declare("governance.ReadBack", none=["definition_id"])
    declare("governance.Teller")
    declare("governance.Certification", none=["report_hash", "ballots_hash"])
    declare("governance.ElectionFile", none=["name", "sha256"])
    declare(
        "governance.Nomination",
        personal={
            "statement": STATEMENT,
            "reason": REASON,
            "given_name": PROPOSED,
            "family_name": PROPOSED,
            "address": PROPOSED,
        },
    )
    declare(
        "governance.Minutes", none=["text_sha256"], personal={"text": MINUTES, "signed_by": MINUTES}
    )
    declare("governance.MinutesObjection", personal={"text": MINUTES, "outcome": MINUTES})
    declare("governance.Supporter")
    declare(
        "governance.RollEntry",
        none=["member_type", "box", "language", "unreachable", "salt", "leaf", "token_hash"],
        personal={"address": ROLL},
    )
    declare("governance.RollCorrection", personal={"reason": REASON})
    declare("governance.Envelope", none=["box", "ciphertext", "hash"])
    declare("governance.BoardEntry", none=["envelope", "head"])
    declare("governance.BoardHead", none=["head"])
    for name, finder in finders().items():
        FINDERS.add(name, finder)


def _of_contact(model: type[models.Model]):
    def rows(subject: Subject) -> models.QuerySet:
        if subject.contact_id is None:
            return model._default_manager.none()
        return model._default_manager.filter(contact_id=subject.contact_id)

    return rows


def _proposed(subject: Subject) -> models.QuerySet:
    """Proposals of somebody who has not become a contact: by address only."""
    if not subject.addresses:
        return Nomination.objects.none()
    return Nomination.objects.filter(contact__isnull=True, address__in=subject.addresses)


def _standing_in(subject: Subject) -> models.QuerySet:
    """Elections on whose ballot paper the person stands."""
    if subject.contact_id is None:
        return Election.objects.none()
    papers = Option.objects.filter(contact_id=subject.contact_id)
    return Election.objects.filter(pk__in=papers.values("contest__election"))


def _keep_while_running(row: models.Model, on: date) -> Keep | None:
    election: Election = row.election  # type: ignore[attr-defined]
    if election.destroyed_on is not None or election.state == "cancelled":
        return None
    return Keep(election.destroy_after, "electoral roll of a running election")


def _keep_record(row: models.Model, on: date) -> Keep:
    return Keep(None, "record of who held or stood for an office")


def finders() -> dict[str, Finder]:
    """How a person's rows are found here."""
    return {
        "governance.roll": Finder(
            "governance.rollentry", _of_contact(RollEntry), _keep_while_running
        ),
        "governance.terms": Finder("governance.term", _of_contact(Term), _keep_record),
        "governance.options": Finder("governance.option", _of_contact(Option), _keep_record),
        "governance.elections": Finder("governance.election", _standing_in, _keep_record),
        "governance.nominations": Finder(
            "governance.nomination", _of_contact(Nomination), _keep_record
        ),
        "governance.proposals": Finder("governance.nomination", _proposed),
    }
