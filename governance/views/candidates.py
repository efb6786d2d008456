"""The call for nominations in public: stand, propose, answer, support, and the pictures."""

from __future__ import annotations

import hmac
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from backoffice.core.models import StoredDocument
from backoffice.core.services.documents import read_bytes
from contacts.models import Contact
from governance.enums import ElectionState, NominationOrigin, NominationState
from governance.models import Contest, Nomination, Option, Supporter
from governance.photos import LARGEST
from governance.services import nominations, proposals
from governance.services import support as support_service
from governance.services.slate import SUPPORTERS_NEEDED
from governance.views.ballot import public_election
from governance.views.forms import ProposeForm, StandForm, StatementForm, members_of

read_and_write = require_http_methods(["GET", "HEAD", "POST"])


def words_of(error: RollcallError) -> str:
    """A refusal in the reader's language."""
    known = {
        "nominated": _("This person is nominated already."),
        "nominations_closed": _("The call for nominations is over."),
        "too_many": _("You have proposed ten people for this office already."),
        "photo_large": _("The picture is too large."),
        "photo_unreadable": _("The picture cannot be read: JPEG, PNG or WebP, please."),
        "own_member": _("Supporters are other members than the candidate's own."),
        "no_vote": _("Only the voting contact speaks for a member."),
        "not_independent": _("This candidate gathers no supporters."),
    }
    return known.get(error.code, _("That could not be taken. Please try again."))


def calls(on: date):
    """Contests one may be nominated for on that day."""
    return (
        Contest.objects.filter(
            election__state=ElectionState.DRAFT, election__nominations_until__gte=on
        )
        .exclude(rule="motion")
        .select_related("election")
        .order_by("election__nominations_until", "position")
    )


def own_contact(request: HttpRequest) -> Contact:
    """The contact behind the login. Raises: Http404 for staff without one."""
    return get_object_or_404(Contact.objects.living(), user=request.user)


@login_required
@never_cache
@read_and_write
def stand(request: HttpRequest) -> HttpResponse:
    """Stand for an office oneself; below it, what became of own nominations and proposals."""
    contact, on = own_contact(request), dates.today()
    members = members_of(contact, on)
    form = StandForm(
        request.POST or None, request.FILES or None, contests=calls(on), members=members
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            nominations.nominate(
                contest=data["contest"],
                organisation=data["organisation"],
                contact=contact,
                statement=data["statement"],
                independent=data["independent"],
                photo=_stored(data["photo"]),
                on=on,
                actor=Actor.user(request.user),
            )
        except RollcallError as error:
            form.add_error("photo" if error.code.startswith("photo") else None, words_of(error))
        else:
            messages.success(request, _("Your nomination has come in."))
            return redirect("governance:stand")
    own = Nomination.objects.filter(contact=contact) | Nomination.objects.filter(
        proposed_by=contact
    )
    context = {
        "form": form,
        "possible": calls(on).exists() and members.exists(),
        "own": own.distinct().select_related("contest__election", "contact").order_by("-pk")[:20],
        "independents": _independents(on, contact),
        "needed": SUPPORTERS_NEEDED,
        "voting_members": members_of(contact, on, voting=True),
    }
    return render(request, "governance/stand.html", context)


def _independents(on: date, contact: Contact):
    """Independent candidates of open calls, with how many members support them."""
    return (
        Nomination.objects.filter(
            contest__in=calls(on),
            origin=NominationOrigin.INDEPENDENT,
            state=NominationState.ACCEPTED,
        )
        .exclude(contact=contact)
        .select_related("contest__election", "contact", "organisation")
        .annotate(support=Count("supporters"))
        .prefetch_related(
            Prefetch(
                "supporters",
                queryset=Supporter.objects.filter(contact=contact).select_related("organisation"),
                to_attr="mine",
            )
        )
        .order_by("pk")
    )


def _stored(upload) -> StoredDocument | None:
    return nominations.store_photo(upload.read(LARGEST + 1)) if upload else None


@login_required
@never_cache
@read_and_write
def propose(request: HttpRequest) -> HttpResponse:
    """Propose another person; they are asked by mail and nothing is published before a yes."""
    contact, on = own_contact(request), dates.today()
    form = ProposeForm(request.POST or None, contests=calls(on), on=on)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            proposals.propose_candidate(
                contest=data["contest"],
                organisation=data["member"],
                given_name=data["given_name"],
                family_name=data["family_name"],
                address=data["address"],
                proposer=contact,
                on=on,
                actor=Actor.user(request.user),
            )
        except RollcallError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Thank you. We have asked this person by mail."))
            return redirect("governance:stand")
    possible = calls(on).exists() and members_of(contact, on).exists()
    return render(request, "governance/propose.html", {"form": form, "possible": possible})


@login_required
@require_POST
def support(request: HttpRequest, pk: int) -> HttpResponse:
    """A member supports an independent candidate through its voting contact."""
    contact, on = own_contact(request), dates.today()
    nomination = get_object_or_404(_independents(on, contact), pk=pk)
    text = request.POST.get("organisation", "")
    member = members_of(contact, on, voting=True).filter(pk=int(text) if text.isdigit() else 0)
    try:
        support_service.support_nomination(
            nomination=nomination,
            organisation=get_object_or_404(member),
            contact=contact,
            on=on,
            actor=Actor.user(request.user),
        )
    except RollcallError as error:
        messages.error(request, words_of(error))
    else:
        messages.success(request, _("Your member supports this candidate."))
    return redirect("governance:stand")


def _by_link(pk: int, token: str) -> Nomination:
    nomination = get_object_or_404(
        Nomination.objects.select_related(
            "contest__election", "organisation", "contact", "proposed_by", "photo"
        ),
        pk=pk,
    )
    if not hmac.compare_digest(proposals.answer_token(nomination), token):
        raise Http404
    return nomination


@never_cache
@read_and_write
def candidature(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """The candidate's own page behind the mailed link: yes with a statement, or no; later changes.

    GET changes nothing. The link dies with the call.
    """
    nomination = _by_link(pk, token)
    on = dates.today()
    is_open = nominations.call_is_open(nomination.contest, on)
    form = StatementForm(
        request.POST or None,
        request.FILES or None,
        initial={"statement": nomination.statement},
    )
    if request.method == "POST" and is_open:
        if "decline" in request.POST and nomination.state == NominationState.PROPOSED:
            proposals.decline_nomination(nomination=nomination, actor=_LINK)
            return redirect("governance:candidature", pk=pk, token=token)
        if form.is_valid() and _answered(nomination, form, on):
            messages.success(request, _("Thank you. Your candidature is noted."))
            return redirect("governance:candidature", pk=pk, token=token)
    context = {"nomination": nomination, "form": form, "open": is_open}
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "governance/candidature.html", context, status=status)


_LINK = Actor.link("candidature")


def _answered(nomination: Nomination, form: StatementForm, on: date) -> bool:
    """Whether the yes, or the change after it, was taken; otherwise the form says why not."""
    said = nomination.state == NominationState.ACCEPTED
    try:
        given = {
            "statement": form.cleaned_data["statement"],
            "photo": _stored(form.cleaned_data["photo"]),
        }
        act = nominations.change_candidature if said else proposals.accept_nomination
        act(nomination=nomination, **given, on=on, actor=_LINK)  # type: ignore[operator]
    except RollcallError as error:
        form.add_error("photo" if error.code.startswith("photo") else None, words_of(error))
        return False
    return True


@require_safe
def photo(request: HttpRequest, slug: str, contest: str, code: str) -> HttpResponse:
    """The picture beside a name on the paper; its SHA-256 stands in the definition."""
    election = public_election(slug)
    option = get_object_or_404(
        Option.objects.select_related("photo"),
        contest__election=election,
        contest__code=contest,
        code=code,
        photo__isnull=False,
    )
    assert option.photo is not None
    if option.photo.removed:
        raise Http404
    response = HttpResponse(read_bytes(option.photo), content_type=option.photo.media_type)
    response["Cache-Control"] = "public, max-age=3600"
    return response
