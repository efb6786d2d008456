"""The election desk: where an election stands, what comes next, turnout, roll, mail. Read only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.models import AuditEvent, User
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery
from governance import pack, staff_boards
from governance.enums import ElectionState, RollReason
from governance.messages import ballot_address
from governance.models import Election, Meeting, RollEntry
from governance.queries import quorums, roll_summary, turnout
from governance.sealing.canonical import document_id
from governance.services.definition import build_definition

E = ElectionState


@dataclass(frozen=True)
class Step:
    """One stop on the bar: done once the election has reached ``state``."""

    title: Any
    state: str


BAR = (
    Step(_("Definition"), E.DEFINED),
    Step(_("Roll"), E.ROLLED),
    Step(_("Keys"), E.KEYED),
    Step(_("Rehearsal"), E.REHEARSED),
    Step(_("Open"), E.OPEN),
    Step(_("Close"), E.CLOSED),
    Step(_("Box sealed"), E.BOXED),
    Step(_("Count"), E.COUNTED),
    Step(_("Certified"), E.CERTIFIED),
    Step(_("Destroyed"), E.DESTROYED),
)
ORDER = [E.DRAFT, *(step.state for step in BAR)]


def bar(election: Election) -> list[dict[str, Any]]:
    """Each step with done, current or to come; a cancelled election has no current step."""
    reached = ORDER.index(election.state) if election.state in ORDER else -1
    return [
        {
            "title": step.title,
            "done": place <= reached,
            "current": place == reached + 1 and reached >= 0,
        }
        for place, step in enumerate(BAR, 1)
    ]


#: Acts in the log in plain words; an act that is not listed shows its code.
ACTS = {
    "read_back": _("Definition read back"),
    "definition_fixed": _("Definition fixed"),
    "roll_frozen": _("Roll frozen"),
    "correction_proposed": _("Change of the roll proposed"),
    "correction_approved": _("Change of the roll approved"),
    "correction_refused": _("Change of the roll refused"),
    "mail_notice": _("Notice sent"),
    "keys_handed_in": _("Keys handed in"),
    "rehearsed": _("Rehearsal succeeded"),
    "opened": _("Voting opened"),
    "mail_ballot_link": _("Voting links sent"),
    "mail_reminder": _("Reminders sent"),
    "closed": _("Voting closed"),
    "box_sealed": _("Box sealed"),
    "counted": _("Counted"),
    "certified_by_teller": _("Signed by a teller"),
    "certified": _("Result certified"),
    "mail_result": _("Result sent"),
    "runoff_drafted": _("Run-off drafted"),
    "copied": _("Copied as a new draft"),
    "copy_kept": _("Locked copy of the box kept"),
    "copy_restored": _("Votes taken back from a locked copy"),
    "nominated": _("Nomination came in"),
    "candidate_asked": _("Candidate asked"),
    "nomination_accepted": _("Nomination accepted"),
    "nomination_declined": _("Nomination declined"),
    "nomination_refused": _("Nomination refused"),
    "nomination_listed": _("Candidate put on the ballot"),
    "nomination_withdrawn": _("Candidate withdrew"),
    "candidature_changed": _("Candidate changed statement or picture"),
    "supported": _("A member supports a candidate"),
    "destroyed": _("Envelopes and addresses destroyed"),
    "cancelled": _("Cancelled"),
}
LOG_LINES = 30
#: Why no mail reaches a voter.
DARK = {
    "no_voting_contact": _("no voting contact"),
    "no_address": _("no address"),
    "restricted": _("use of the data is restricted"),
    "unreachable": _("unreachable"),
    "unsubscribed": _("left our mail"),
    "address_on_hold": _("address on hold after bounces"),
    "bounced": _("mail came back"),
    "failed": _("mail was refused"),
    "skipped": _("mail was held back"),
}


def why_dark(code: str) -> str:
    """In words; a code that is not listed shows itself."""
    return str(DARK.get(code, code))


def log(election: Election) -> list[dict[str, Any]]:
    """Latest acts of the election's chain with names of staff; two queries."""
    events = list(
        AuditEvent.objects.filter(stream=election.stream).order_by("-sequence")[:LOG_LINES]
    )
    ids = {event.actor.partition(":")[2] for event in events if event.actor.startswith("user:")}
    people = {f"user:{row.pk}": str(row) for row in User.objects.filter(pk__in=ids)}
    return [
        {
            "at": event.at,
            "words": ACTS.get(event.action, event.action),
            "who": people.get(event.actor, event.actor.partition(":")[2]),
        }
        for event in events
    ]


def desk(request: HttpRequest, pk: int) -> HttpResponse:
    """One election on one page. Observers see the same, without buttons."""
    election = get_object_or_404(Election.objects.select_related("body", "previous"), pk=pk)  # type: ignore[var-annotated]
    model_admin: Any = admin.site._registry[Election]
    context = {
        "election": election,
        "bar": bar(election),
        "operations": model_admin.open_operations(request, election),
        "ballot_url": ballot_address(election),
        "audit": log(election),
        "files": election.files.order_by("name"),
        "draft_contests": election.contests.annotate(n=Count("options"))
        if election.state == E.DRAFT
        else [],
        "tellers": election.tellers.select_related("user"),
        "readers": election.read_backs.select_related("user"),
        "certifications": election.certifications.select_related("teller__user"),
        "corrections": election.corrections.select_related(
            "organisation", "proposed_by", "decided_by"
        )[:50],
        **_definition(election),
        **_roll(election),
    }
    return staff_page(request, "governance/admin/desk.html", title=election.title, context=context)


def _definition(election: Election) -> dict[str, Any]:
    from backoffice.core.errors import RollcallError

    if election.definition:
        return {"definition": election.definition, "draft_id": election.definition_id}
    try:
        document = build_definition(election)
    except RollcallError as error:
        return {"definition": None, "problem": str(error)}
    return {"definition": document, "draft_id": document_id(document)}


def _roll(election: Election) -> dict[str, Any]:
    if not election.roll_root:
        return {}
    reasons = dict(RollReason.choices)
    links = Delivery.objects.filter(dedupe_key__startswith=f"governance.ballot_link:{election.pk}:")
    states = links.order_by().values_list("state").annotate(n=Count("id"))
    labels = dict(DeliveryState.choices)
    figures = turnout(election)
    dark = RollEntry.objects.unreachable().filter(election=election).select_related("organisation")
    return {
        "turnout": figures,
        "quorums": quorums(election, figures),
        "summary": [(reasons[reason], n) for reason, n in roll_summary(election)],
        "unreachable": [(row.organisation, why_dark(row.unreachable)) for row in dark[:50]],
        "mail": [(labels[state], n) for state, n in states],
        "roll_url": reverse("admin:governance_rollentry_changelist")
        + f"?election__id__exact={election.pk}",
    }


def assembly_pack(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything the assembly is told, for the year before the meeting, on one page or as CSV."""
    meeting = get_object_or_404(Meeting, pk=pk)
    until = timezone.localtime(meeting.starts_at).date()
    since = dates.add_months(until, -12)
    sections = pack.build_pack(since, until)
    if request.GET.get("format") == "csv":
        response = HttpResponse(pack.as_csv(sections), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="assembly-pack-{until}.csv"'
        return response
    return staff_page(
        request,
        "governance/admin/pack.html",
        title=str(_("Assembly pack")),
        context={
            "meeting": meeting,
            "since": since,
            "last_day": dates.last_day(until),
            "sections": sections,
        },
    )


PAGES = (
    StaffPage(
        path="meetings/<int:pk>/pack/",
        name="assembly_pack",
        permission="governance.view_meeting",
        view=assembly_pack,
        group="governance",
    ),
    StaffPage(
        path="elections/<int:pk>/",
        name="election_desk",
        permission="governance.view_election",
        view=desk,
        group="governance",
    ),
    *staff_boards.PAGES,
)
