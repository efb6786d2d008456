"""Operations on what stands beside an election: corrections, terms, meetings, nominations."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import BulkOperation, Operation
from governance import admin_forms as forms
from governance.enums import BodyKind, MeetingState, NominationState, OpenVoteState, ProposalState
from governance.models import Minutes
from governance.services import bodies, corrections, openvotes, proposals, slate
from governance.services import meetings as meeting_services
from governance.services import minutes as minutes_services
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


def _start_term(obj, actor, data, request) -> str:
    last_day = data["last_day"]
    bodies.start_term(
        seat=data["seat"],
        contact=data["contact"],
        organisation=data["organisation"],
        origin=data["origin"],
        on=data["valid_from"],
        until=last_day + timedelta(days=1) if last_day else None,
        actor=actor,
    )
    return _now("The seat is taken.")


def _open_board(obj, actor, data, request) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:body_page", args=[obj.pk]))


BODY = (
    Operation("who-sits", _("Who sits, and when"), "governance.view_body", _open_board,
              _("Seats, terms, vacancies and rotation on any day."), None,
              lambda body: body.kind != BodyKind.ASSEMBLY),
    Operation("start-term", _("Fill a seat"), "governance.add_term", _start_term,
              _("A co-opted member sits until the assembly has ratified it."), forms.TermForm,
              lambda body: body.kind != BodyKind.ASSEMBLY, primary=True),
)  # fmt: skip
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


def _write_minutes(obj, actor, data, request) -> str:
    minutes_services.write_minutes(
        meeting=obj, text=data["text"], signed_by=data["signed_by"], actor=actor
    )
    return _now("The minutes are kept. They can change until they are dispatched.")


def _minutes(obj, actor, data, request) -> str:
    minutes_services.send_minutes(meeting=obj, on=dates.today(), actor=actor)
    return _now("Minutes are dispatched; four weeks without objection make them final.")


def _object(obj, actor, data, request) -> str:
    minutes_services.object_to_minutes(
        minutes=obj.minutes, organisation=data["organisation"], text=data["text"],
        on=data["received_on"], actor=actor,
    )  # fmt: skip
    return _now("The objection stands beside the minutes.")


def _settle(obj, actor, data, request) -> str:
    minutes_services.settle_objection(
        objection=obj, outcome=data["outcome"], on=dates.today(), actor=actor
    )
    return _now("Settled.")


def _not_sent(meeting) -> bool:
    return meeting.state == MeetingState.HELD and meeting.minutes_sent_on is None


def _has_minutes(meeting) -> bool:
    return _not_sent(meeting) and Minutes.objects.filter(meeting=meeting).exists()


def _window_open(meeting) -> bool:
    last_day = minutes_services.approval(meeting, on=dates.today()).last_day
    return last_day is not None and dates.today() <= last_day


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
    Operation("write-minutes", _("Write the minutes"), "governance.change_minutes",
              _write_minutes, "", forms.MinutesForm, _not_sent, primary=True),
    Operation("minutes", _("Dispatch the minutes"), "governance.call_meeting", _minutes,
              _("They go to the voting contact of every member and do not change any more. "
                "Members may object within four weeks."), None, _has_minutes),
    Operation("objection", _("Take in an objection"), "governance.change_minutes", _object,
              _("A member objected by letter or mail; members with a login do it themselves."),
              forms.ObjectionForm, _window_open),
)  # fmt: skip
OBJECTION = (
    Operation("settle", _("Settle the objection"), "governance.change_minutes", _settle, "",
              forms.OutcomeForm, lambda obj: obj.settled_on is None, primary=True),
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


def _accept(obj, actor, data, request) -> str:
    proposals.accept_nomination(nomination=obj, on=dates.today(), actor=actor)
    return _now("Accepted.")


def _withdraw(obj, actor, data, request) -> str:
    nomination_services.withdraw_nomination(nomination=obj, reason=data["reason"], actor=actor)
    return _now("Withdrawn.")


def _list(obj, actor, data, request) -> str:
    slate.list_nomination(nomination=obj, on=dates.today(), actor=actor)
    return _now("The candidate is on the ballot.")


def _refuse(obj, actor, data, request) -> str:
    slate.refuse_nomination(nomination=obj, reason=data["reason"], actor=actor)
    return _now("Refused with the reason.")


CHANGE_NOMINATION = "governance.change_nomination"
NOMINATION = (
    Operation("ask", _("Ask the candidate"), CHANGE_NOMINATION,
              _nomination(proposals.ask_candidate),
              _("Mails a link by which the candidate says yes or no and adds a statement."), None,
              _in(NominationState.PROPOSED), primary=True),
    Operation("accept", _("Accepted by the candidate"), CHANGE_NOMINATION, _accept,
              _("The candidate said yes by letter or in person."), None,
              _in(NominationState.PROPOSED)),
    Operation("decline", _("Declined by the candidate"), CHANGE_NOMINATION,
              _nomination(proposals.decline_nomination), "", None,
              _in(NominationState.PROPOSED)),
    Operation("list", _("Put on the ballot"), CHANGE_NOMINATION, _list, "", None,
              _in(NominationState.ACCEPTED), primary=True),
    Operation("refuse", _("Not eligible"), CHANGE_NOMINATION, _refuse, "", forms.ReasonForm,
              _in(NominationState.PROPOSED, NominationState.ACCEPTED), danger=True),
    Operation("withdraw", _("Withdrawn by the candidate"), CHANGE_NOMINATION, _withdraw, "",
              forms.ReasonForm,
              _in(NominationState.PROPOSED, NominationState.ACCEPTED, NominationState.LISTED)),
)  # fmt: skip
