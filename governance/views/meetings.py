"""Members' side of meetings: minutes behind the mailed link, objections, own motions."""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from contacts.models import Contact, Organisation
from governance.enums import MeetingKind, MeetingState
from governance.models import Meeting
from governance.notice import MEMBER_MOTION
from governance.services.meetings import last_motion_day, submit_motion
from governance.services.minutes import approval, minutes_token, object_to_minutes
from governance.views.candidates import own_contact, read_and_write
from governance.views.forms import MotionForm, ObjectionForm, members_of
from governance.wording import as_html


def words_of(error: RollcallError) -> str:
    """A refusal in the reader's language."""
    known = {
        "objection_late": _("The time for objections is over."),
        "motion_late": _("It is too late for the agenda; the meeting itself decides."),
        "no_vote": _("Only the voting contact speaks for a member."),
    }
    return known.get(error.code, _("That could not be taken. Please try again."))


@never_cache
@read_and_write
def minutes(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """The minutes as dispatched; a signed-in voting contact can object while the window is open."""
    meeting = get_object_or_404(Meeting.objects.select_related("minutes"), pk=pk)
    if meeting.minutes_sent_on is None or not hmac.compare_digest(minutes_token(meeting), token):
        raise Http404
    on = dates.today()
    found = approval(meeting, on=on)
    contact = _contact(request)
    members = members_of(contact, on, voting=True) if contact else Organisation.objects.none()
    may_object = found.last_day is not None and on <= found.last_day
    form = ObjectionForm(request.POST or None, members=members)
    if request.method == "POST" and contact and may_object and form.is_valid():
        try:
            object_to_minutes(
                minutes=meeting.minutes,
                organisation=form.cleaned_data["organisation"],
                text=form.cleaned_data["text"],
                contact=contact,
                on=on,
                actor=Actor.user(request.user),
            )
        except RollcallError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Your objection has come in."))
            return redirect("governance:minutes", pk=pk, token=token)
    context = {
        "meeting": meeting,
        "text": as_html(meeting.minutes.text),
        "approval": found,
        "may_object": may_object,
        "members": members,
        "form": form,
    }
    return render(request, "governance/minutes.html", context)


def _contact(request: HttpRequest) -> Contact | None:
    if not request.user.is_authenticated:
        return None
    return Contact.objects.living().filter(user=request.user).first()


@login_required
@never_cache
@read_and_write
def motion(request: HttpRequest) -> HttpResponse:
    """A member's own motion for an assembly to come, in time for its agenda."""
    contact, on = own_contact(request), dates.today()
    # Motions come in a week ahead at the latest; the exact day is checked once more by the service.
    from_day = on + timedelta(days=MEMBER_MOTION.days)
    meetings = (
        Meeting.objects.filter(
            state__in=[MeetingState.PLANNED, MeetingState.CALLED], starts_at__date__gt=from_day
        )
        .exclude(kind=MeetingKind.BOARD)
        .order_by("starts_at")
    )
    members = members_of(contact, on, voting=True)
    form = MotionForm(request.POST or None, meetings=meetings, members=members)
    if request.method == "POST" and form.is_valid():
        try:
            submit_motion(**form.cleaned_data, contact=contact, on=on,
                          actor=Actor.user(request.user))  # fmt: skip
        except RollcallError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Your motion stands on the agenda."))
            return redirect("governance:motion")
    upcoming = [
        (meeting, last_motion_day(meeting)) for meeting in meetings.prefetch_related("agenda")
    ]
    return render(
        request,
        "governance/motion.html",
        {"form": form, "upcoming": upcoming, "possible": bool(upcoming) and members.exists()},
    )
