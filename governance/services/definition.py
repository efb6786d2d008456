"""From a draft to a fixed definition: built, read back by two people, then never changed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, NotAllowed
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, transition
from governance.enums import ELECTION_TRANSITIONS, ClassRule, ElectionState
from governance.models import BoardHead, Contest, Election, Option, ReadBack
from governance.queries import class_sizes, contests_of
from governance.sealing.board import board_start
from governance.sealing.canonical import document_id, sha256_hex
from governance.sealing.definition import FORMAT, ballot_bytes, check_definition
from governance.sealing.errors import SealingError
from governance.sealing.tally import SMALLEST_CLASS
from governance.secrets import receipt_key_of
from governance.services.slate import short_slates


def build_definition(election: Election) -> dict[str, Any]:
    """The definition as the draft stands now.

    Classes that would hold fewer than five voters on the record date share one box, and a majority
    of such a class is then not asked: its figures would tell how single members voted.

    Raises: BadInput when it could not be voted on or counted; the message names the contest.
    """
    contests = contests_of(election)
    _check_slates(election, contests)
    boxes, merged = planned_boxes(election)
    document: dict[str, Any] = {
        "format": FORMAT,
        "title": election.title,
        "kind": election.kind,
        "opens": timezone.localtime(election.opens_at).isoformat(timespec="seconds"),
        "closes": timezone.localtime(election.closes_at).isoformat(timespec="seconds"),
        "zone": timezone.get_current_timezone_name(),
        "roll": {"record_date": election.record_date.isoformat()},
        "boxes": boxes,
        "merged": merged or None,
        "codes": election.codes,
        "publish": election.publication,
        "proxy": election.proxy or None,
        "receipt_key": receipt_key_of(election),
        "previous": election.previous.definition_id if election.previous else None,
        "contests": [
            {
                "id": contest.code,
                "title": contest.title,
                "rule": contest.rule,
                "seats": contest.seats,
                "params": {key: str(value) for key, value in contest.params.items()},
                "classes": [one for one in contest.classes if one not in merged] or None,
                "options": [_option(option) for option in contest.options.all()],
            }
            for contest in contests
        ],
    }
    document["ballot_bytes"] = 0
    document = _without_empty(document)
    try:
        if document["contests"]:
            document["ballot_bytes"] = ballot_bytes(document)
        check_definition(document)
    except SealingError as error:
        raise BadInput(str(error), where="definition") from error
    return document


def _option(option: Option) -> dict[str, Any]:
    """Name, and the hashes of what stands beside it on the paper."""
    return {
        "id": option.code,
        "name": option.name,
        "statement": sha256_hex(option.statement.encode()) if option.statement else None,
        "photo": option.photo.sha256 if option.photo else None,
    }


def _check_slates(election: Election, contests: list[Contest]) -> None:
    if election.body is None or not election.body.slate_exceeds_seats:
        return
    for contest, size in short_slates(contests):
        raise BadInput(
            f"“{contest.title}” lists {size} candidates of the committee for {contest.seats} "
            "seats; the slate has to exceed the seats.",
            where="definition",
        )


def planned_boxes(election: Election) -> tuple[list[str], list[str]]:
    """Boxes of the election to be, and the classes merged because one has fewer than five voters."""
    if election.class_rule == ClassRule.NONE:
        return election.boxes, []
    sizes = class_sizes(election)
    if all(sizes.get(box, 0) >= SMALLEST_CLASS for box in election.boxes):
        return election.boxes, []
    return ["all"], election.boxes


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_empty(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_empty(item) for item in value]
    return value


def read_back(*, election: Election, definition_id: str, actor: Actor) -> Election:
    """One person confirms having read seats, rules, options and times aloud.

    The second, different person fixes the definition: its SHA-256 becomes the election's id.

    Raises: InvalidTransition when the draft has changed since it was read; NotAllowed for a
        process, BadInput when it cannot be voted on.
    """
    user = actor_user(actor)
    if user is None:
        raise NotAllowed("Two people read a definition back; a process cannot.")
    document = build_definition(election)
    if document_id(document) != definition_id:
        raise InvalidTransition("The draft has changed since it was read. Read it again.")
    with transaction.atomic():
        if election.state != ElectionState.DRAFT:
            raise InvalidTransition("The definition is fixed already.")
        ReadBack.objects.get_or_create(election=election, user=user, definition_id=definition_id)
        readers = ReadBack.objects.filter(election=election, definition_id=definition_id)
        audit.record(
            election.stream,
            "read_back",
            actor=actor,
            subject=election,
            facts={"definition": definition_id},
        )
        if readers.values("user").distinct().count() < 2:
            return election
        return _fix(election, document, definition_id, actor)


def _fix(
    election: Election, document: dict[str, Any], definition_id: str, actor: Actor
) -> Election:
    transition(
        election,
        to=ElectionState.DEFINED,
        table=ELECTION_TRANSITIONS,
        actor=actor,
        also={"definition": document, "definition_id": definition_id},
    )
    BoardHead.objects.create(election=election, head=board_start(definition_id))
    audit.record(
        election.stream,
        "definition_fixed",
        actor=actor,
        subject=election,
        facts={"definition": definition_id, "contests": len(document["contests"])},
    )
    return election


def cancel_election(*, election: Election, reason: str, actor: Actor) -> Election:
    """Stop an election for good; what was published stays with the reason code.

    Raises: InvalidTransition once it is certified.
    """
    with transaction.atomic():
        transition(
            election,
            to=ElectionState.CANCELLED,
            table=ELECTION_TRANSITIONS,
            actor=actor,
            reason=reason,
        )
        audit.record(election.stream, "cancelled", actor=actor, subject=election)
    return election
