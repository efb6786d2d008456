"""A signed-in contact's own page: open votes, the link once more by mail."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backoffice.core import dates
from backoffice.core.actor import Actor
from governance.enums import ElectionState
from governance.models import RollEntry
from governance.services.mailing import resend_link


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
