"""A signed-in contact's own page: open votes, the link once more by mail, standing for an office."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from contacts.models import Contact
from governance.enums import ElectionState
from governance.models import Contest, Nomination, RollEntry
from governance.services.mailing import resend_link
from governance.services.nominations import nominate


def _entries(request: HttpRequest):
    return (
        RollEntry.objects.by_link()
        .filter(contact__user=request.user, election__state=ElectionState.OPEN)
        .select_related("election", "organisation")
        .order_by("election__closes_at")
    )


@login_required
@never_cache
@require_safe
def votes(request: HttpRequest) -> HttpResponse:
    """Open votes of the organisations the person votes for."""
    return render(request, "governance/my_votes.html", {"entries": list(_entries(request))})


@login_required
@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends the same link again, at most once an hour, to the address on the roll only."""
    entry = get_object_or_404(_entries(request), pk=pk)
    resend_link(entry=entry, now=dates.now(), actor=Actor.user(request.user))
    messages.success(request, _("Your voting link is on its way to the address on the roll."))
    return redirect("governance:my_votes")


def _calls(on: date):
    return (
        Contest.objects.filter(
            election__state=ElectionState.DRAFT, election__nominations_until__gte=on
        )
        .exclude(rule="motion")
        .select_related("election")
        .order_by("election__nominations_until", "position")
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stand(request: HttpRequest) -> HttpResponse:
    """Stand for an office oneself while a call is open, for a member one holds a duty for."""
    contact = get_object_or_404(Contact.objects.living(), user=request.user)
    on = dates.today()
    duties = contact.duties.open(on=on).select_related("organisation")
    members = {duty.organisation_id: duty.organisation for duty in duties}
    contests = list(_calls(on))
    if request.method == "POST":
        contest = get_object_or_404(_calls(on), pk=_number(request, "contest"))
        member = members.get(_number(request, "organisation"))
        if member is None:
            raise Http404
        try:
            nominate(
                contest=contest,
                organisation=member,
                contact=contact,
                statement=request.POST.get("statement", ""),
                by_candidate=True,
                on=on,
                actor=Actor.user(request.user),
            )
        except RollcallError as error:
            said = {"nominated": _("You are nominated already.")}
            words = said.get(error.code, _("Your nomination could not be taken."))
            messages.error(request, words)
        else:
            messages.success(request, _("Your nomination has come in."))
            return redirect("governance:stand")
    own = Nomination.objects.filter(contact=contact).select_related("contest__election")
    return render(
        request,
        "governance/stand.html",
        {"contests": contests, "members": list(members.values()), "own": own.order_by("-pk")[:20]},
    )


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdigit() else 0
