"""Operations on what stands beside an election: corrections, terms, meetings, nominations."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import BulkOperation, Operation
from governance import admin_forms as forms
from governance.enums import MeetingState, NominationState, OpenVoteState, ProposalState
from governance.services import bodies, corrections, openvotes
from governance.services import meetings as meeting_services
from governance.services import nominations as nomination_services

APPROVE = "governance.approve_roll"


def _in(*states: str):
    return lambda obj: obj.state in states


def _decide(approve: bool):
    def decide(obj, actor, data, request) -> str:
        corrections.decide_correction(
            correction=obj, approve=approve, on=dates.today(), actor=actor
        )
        return _now("Approved and carried out.") if approve else _now("Refused.")

    return decide


CORRECTION = (
    Operation("approve", _("Approve"), APPROVE, _decide(True), "", None,
              _in(ProposalState.PROPOSED), primary=True),
    Operation("refuse", _("Refuse"), APPROVE, _decide(False), "", None,
              _in(ProposalState.PROPOSED), danger=True),
)  # fmt: skip


CORRECTIONS = tuple(
    BulkOperation(f"{one.name}_changes", one.label, one.permission, one.run) for one in CORRECTION
)


def _end_term(obj, actor, data, request) -> str:
    bodies.end_term(term=obj, on=dates.today(), reason=data["reason"], actor=actor)
    return _now("The term has ended.")


def _ratify(obj, actor, data, request) -> str:
    bodies.ratify_term(term=obj, on=dates.today(), actor=actor)
    return _now("Ratified.")


TERM = (
    Operation("end", _("End the term"), "governance.change_term", _end_term, "", forms.ReasonForm,
              lambda term: term.valid_until is None or term.valid_until > dates.today()),
    Operation("ratify", _("Ratified by the assembly"), "governance.change_term", _ratify, "", None,
              lambda term: term.origin == "co_opted" and term.ratified_on is None),
)  # fmt: skip


def _call(obj, actor, data, request) -> str:
    meeting_services.call_meeting(meeting=obj, on=dates.today(), actor=actor)
    return _now("The call is dispatched.")


def _call_text(obj) -> str:
    return _now("The call has to go out by %(day)s.") % {"day": meeting_services.latest_call(obj)}


def _held(obj, actor, data, request) -> str:
    meeting_services.hold_meeting(meeting=obj, actor=actor)
    return _now("Held.")


def _minutes(obj, actor, data, request) -> str:
    meeting_services.send_minutes(meeting=obj, on=dates.today(), actor=actor)
    return _now("Minutes are dispatched; four weeks without objection make them final.")


def _pack(obj, actor, data, request) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:assembly_pack", args=[obj.pk]))


MEETING = (
    Operation("pack", _("Assembly pack"), "governance.view_meeting", _pack,
              _("Members, changes, votes and boards of the year before the meeting."), None,
              lambda obj: obj.kind != "board"),
    Operation("call", _("Call the meeting"), "governance.call_meeting", _call, _call_text, None,
              _in(MeetingState.PLANNED), primary=True),
    Operation("held", _("The meeting was held"), "governance.call_meeting", _held, "", None,
              _in(MeetingState.CALLED)),
    Operation("minutes", _("Minutes dispatched"), "governance.call_meeting", _minutes, "", None,
              lambda obj: obj.state == MeetingState.HELD and obj.minutes_sent_on is None),
)  # fmt: skip


def _answer(obj, actor, data, request) -> str:
    openvotes.record_answer(
        vote=obj, organisation=data["organisation"], answer=data["answer"], actor=actor
    )
    return _now("Recorded by name.")


def _count_names(obj, actor, data, request) -> str:
    openvotes.close_vote(vote=obj, actor=actor)
    return _now("Closed and counted.")


CHANGE_VOTE = "governance.change_openvote"
OPEN_VOTE = (
    Operation("answer", _("Record an answer by name"), CHANGE_VOTE, _answer,
              _("This is a vote by show of names: everybody can see how each member votes."),
              forms.AnswerForm, _in(OpenVoteState.OPEN), primary=True),
    Operation("close", _("Close and count"), CHANGE_VOTE, _count_names, "", None,
              _in(OpenVoteState.OPEN)),
)  # fmt: skip


def _nomination(service):
    def move(obj, actor, data, request) -> str:
        service(nomination=obj, actor=actor)
        return _now("Done.")

    return move


def _list(obj, actor, data, request) -> str:
    nomination_services.list_nomination(nomination=obj, on=dates.today(), actor=actor)
    return _now("The candidate is on the ballot.")


def _refuse(obj, actor, data, request) -> str:
    nomination_services.refuse_nomination(nomination=obj, reason=data["reason"], actor=actor)
    return _now("Refused with the reason.")


CHANGE_NOMINATION = "governance.change_nomination"
NOMINATION = (
    Operation("accept", _("Accepted by the candidate"), CHANGE_NOMINATION,
              _nomination(nomination_services.accept_nomination), "", None,
              _in(NominationState.PROPOSED), primary=True),
    Operation("decline", _("Declined by the candidate"), CHANGE_NOMINATION,
              _nomination(nomination_services.decline_nomination), "", None,
              _in(NominationState.PROPOSED)),
    Operation("list", _("Put on the ballot"), CHANGE_NOMINATION, _list, "", None,
              _in(NominationState.ACCEPTED), primary=True),
    Operation("refuse", _("Not eligible"), CHANGE_NOMINATION, _refuse, "", forms.ReasonForm,
              _in(NominationState.PROPOSED, NominationState.ACCEPTED), danger=True),
)  # fmt: skip
