"""Votes by show of names: answers of voting members recorded by name, then counted."""

from __future__ import annotations

from fractions import Fraction

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import transition
from contacts.models import Organisation
from governance.counting import Ballots, MotionRule, Options, count
from governance.enums import OPEN_VOTE_TRANSITIONS, Answer, OpenVoteState
from governance.models import NamedAnswer, OpenVote

PLACES = {Answer.YES: 0, Answer.NO: 1, Answer.ABSTAIN: 2}


def record_answer(
    *, vote: OpenVote, organisation: Organisation, answer: str, actor: Actor
) -> NamedAnswer:
    """Records or changes how a member votes, by name, until the vote is closed.

    Raises: InvalidTransition once it is closed; RuleBroken for who had no vote on that day;
        BadInput for an unknown answer.
    """
    if answer not in Answer.values:
        raise BadInput("The answer is yes, no or abstain.", where="answer")
    if vote.state != OpenVoteState.OPEN:
        raise InvalidTransition("This vote is closed.")
    if not Organisation.objects.voting(on=vote.held_on).filter(pk=organisation.pk).exists():
        raise RuleBroken(f"{organisation} had no vote on {vote.held_on:%d %B %Y}.")
    with transaction.atomic():
        row, _created = NamedAnswer.objects.update_or_create(
            vote=vote, organisation=organisation, defaults={"answer": answer}
        )
        audit.record(
            f"openvote:{vote.pk}",
            "answered",
            actor=actor,
            subject=row,
            facts={"organisation": organisation.pk, "answer": answer},
        )
    return row


def close_vote(*, vote: OpenVote, actor: Actor) -> OpenVote:
    """Closes and counts: simple majority or the stated fraction of votes for and against.

    Raises: BadInput for a fraction that is none; InvalidTransition when closed already.
    """
    try:
        fraction = Fraction(vote.fraction)
    except (ValueError, ZeroDivisionError) as error:
        raise BadInput("The majority is a fraction such as 3/4.", where="fraction") from error
    if not 0 < fraction < 1:
        raise BadInput("The majority lies between 0 and 1.", where="fraction")
    orders: dict[tuple[int, ...], int] = {}
    for answer in vote.answers.values_list("answer", flat=True):
        paper = (PLACES[Answer(answer)],)
        orders[paper] = orders.get(paper, 0) + 1
    rule = MotionRule(fraction=fraction, strict=vote.strict)
    report = count(Ballots(("Yes", "No", "Abstain"), orders=orders), "motion", Options(motion=rule))
    with transaction.atomic():
        transition(
            vote,
            to=OpenVoteState.CLOSED,
            table=OPEN_VOTE_TRANSITIONS,
            actor=actor,
            also={"report": report.as_document()},
        )
        audit.record(
            f"openvote:{vote.pk}",
            "closed",
            actor=actor,
            subject=vote,
            facts={"passed": report.passed, "answers": sum(orders.values())},
        )
    return vote
