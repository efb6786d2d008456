"""The ballot page and what its script calls. GET is the same for everyone and does nothing."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backoffice.core import dates
from backoffice.core.errors import BadInput, InvalidTransition, NotAllowed, RollcallError
from governance import messages, page, presentation
from governance.enums import ElectionState
from governance.models import Election
from governance.services.casting import (
    Receipt,
    cast_envelope,
    cast_plain,
    check_open,
    entry_for_token,
)
from governance.views.limits import counted

# libsodium is WebAssembly; nothing else is loosened, and only here.
with_sealing = csp_update({"script-src": [SELF, "'wasm-unsafe-eval'"]})
TOKEN_LENGTH = 43
#: Sentences for voters; errors carry English words for staff and logs.
BODY_LIMIT = 64_000


def voter_words(error: RollcallError) -> str:
    """A refusal in the voter's language."""
    known = {
        "unknown_link": _("This voting link is not valid. You may have received a newer one."),
        "not_open": _("Voting has not opened yet."),
        "closed": _("Voting is closed. Your last ballot in the box counts."),
        "wrong_length": _("The sealed ballot is damaged. Load the page again."),
        "wrong_box": _("The sealed ballot is damaged. Load the page again."),
        "copy": _("This very ballot is in the box already."),
        "choices": _("The paper is not filled in correctly: please look at the number of choices."),
        "too_many_attempts": _("Too many attempts with a wrong code. Wait ten minutes."),
    }
    return known.get(error.code, _("Something went wrong; no vote was cast. Please try again."))


def public_election(slug: str) -> Election:
    """An election with a fixed definition. Raises: Http404 for drafts."""
    return get_object_or_404(Election.objects.public(), slug=slug)


@never_cache
@with_sealing  # type: ignore[arg-type]
@require_safe
def ballot(request: HttpRequest, slug: str) -> HttpResponse:
    """The paper. Without a key there is nothing to vote on yet."""
    election = public_election(slug)
    if not election.public_key:
        raise Http404
    return render(request, "governance/ballot.html", ballot_context(election))


def ballot_context(election: Election) -> dict[str, Any]:
    contests = presentation.paper(election)
    return {
        "election": election,
        "title": messages.title_of(election, (get_language() or "")[:2]),
        **messages.times(election),
        "contests": contests,
        "definition": presentation.for_script(election, contests),
        "words": presentation.words(),
        "scripts": [{"name": name, "integrity": page.integrity(name)} for name in page.SCRIPTS],
        "voter_url": reverse("governance:voter", args=[election.slug]),
        "cast_url": reverse("governance:cast", args=[election.slug]),
        "plain_url": reverse("governance:plain", args=[election.slug]),
        "check_url": reverse("governance:check", args=[election.slug]),
        "election_url": reverse("governance:election", args=[election.slug]),
    }


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > BODY_LIMIT:
        raise BadInput("The request is too long.", code="wrong_length")
    try:
        document = json.loads(request.body)
    except ValueError as error:
        raise BadInput("The request is not JSON.") from error
    if not isinstance(document, dict):
        raise BadInput("The request is not an object.")
    return document


def _token(document: dict[str, Any]) -> str:
    token = str(document.get("token", "")).strip()
    if len(token) != TOKEN_LENGTH:
        raise NotAllowed("No voting code.", code="unknown_link")
    return token


def refused(request: HttpRequest, error: RollcallError) -> JsonResponse:
    """A refusal as JSON; 403 for a bad code, 409 outside the voting time, 400 otherwise."""
    error = counted(request, error)
    status = 400
    if isinstance(error, NotAllowed):
        status = 429 if error.code == "too_many_attempts" else 403
    elif isinstance(error, InvalidTransition):
        status = 409
    return JsonResponse({"code": error.code, "message": voter_words(error)}, status=status)


@never_cache
@require_POST
def voter(request: HttpRequest, slug: str) -> JsonResponse:
    """Who the link votes for and whether voting is open. Changes nothing."""
    election = public_election(slug)
    try:
        entry = entry_for_token(election=election, token=_token(_body(request)))
    except RollcallError as error:
        return refused(request, error)
    answer: dict[str, Any] = {
        "organisation": str(entry.organisation),
        "box": entry.box,
        "voted": entry.voted,
        "open": True,
        "message": "",
    }
    try:
        check_open(election, now=dates.now())
    except InvalidTransition as error:
        answer |= {"open": False, "message": voter_words(error)}
    return JsonResponse(answer)


@never_cache
@require_POST
def cast(request: HttpRequest, slug: str) -> JsonResponse:
    """Takes a sealed envelope; answers with the signed receipt."""
    election = public_election(slug)
    try:
        document = _body(request)
        token = _token(document)
        try:
            ciphertext = base64.b64decode(str(document.get("envelope", "")), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadInput("The envelope is not base64.", code="wrong_length") from error
        receipt = cast_envelope(
            election=election,
            token=token,
            box=str(document.get("box", "")),
            ciphertext=ciphertext,
            now=dates.now(),
        )
    except RollcallError as error:
        return refused(request, error)
    return JsonResponse(receipt_document(receipt))


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """A receipt as the voter gets it."""
    return {
        "election": receipt.election,
        "envelope": receipt.envelope,
        "signature": receipt.signature,
        "sequence": receipt.sequence,
        "head": receipt.head,
    }


@never_cache
@require_POST
def plain(request: HttpRequest, slug: str) -> HttpResponse:
    """Two posts for a browser without script: the first shows the review, the second casts."""
    election = public_election(slug)
    if election.state not in (ElectionState.OPEN, ElectionState.CLOSED, ElectionState.REHEARSED):
        raise Http404
    context = {
        "election": election,
        "title": messages.title_of(election, (get_language() or "")[:2]),
        "check_url": reverse("governance:check", args=[election.slug]),
        "plain_url": reverse("governance:plain", args=[election.slug]),
    }
    token = request.POST.get("code", "").strip().rpartition("#t=")[2]
    status = 200
    try:
        choices = choices_from_form(election, request)
        entry = entry_for_token(election=election, token=token)
        check_open(election, now=dates.now())
        context |= {"entry": entry, "token": token, "review": review_lines(election, choices)}
        if request.POST.get("confirmed"):
            context["receipt"] = cast_plain(
                election=election, token=token, choices=choices, now=dates.now()
            )
    except RollcallError as error:
        context["problem"] = voter_words(counted(request, error))
        status = 400
    return render(request, "governance/plain.html", context, status=status)


def choices_from_form(election: Election, request: HttpRequest) -> dict[str, list[str]]:
    """Choices out of the plain form. Raises: BadInput for a rank given twice."""
    choices: dict[str, list[str]] = {}
    for contest in presentation.paper(election):
        if contest["kind"] != "rank":
            named = request.POST.getlist(contest["id"])
            choices[contest["id"]] = [one for one in named if one]
            continue
        ranks: dict[int, str] = {}
        for option in contest["options"]:
            value = request.POST.get(f"{contest['id']}:{option['id']}", "")
            if not value:
                continue
            if not value.isdigit() or int(value) in ranks:
                raise BadInput("A rank is given twice.", code="choices")
            ranks[int(value)] = option["id"]
        choices[contest["id"]] = [ranks[rank] for rank in sorted(ranks)]
    return choices


def review_lines(election: Election, choices: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Each contest with the names chosen and the form fields that carry them on."""
    lines = []
    for contest in presentation.paper(election):
        names = {option["id"]: option["name"] for option in contest["options"]}
        chosen = choices[contest["id"]]
        if contest["kind"] == "rank":
            fields = [(f"{contest['id']}:{one}", str(n)) for n, one in enumerate(chosen, 1)]
        else:
            fields = [(contest["id"], one) for one in chosen]  # type: ignore[misc]
        lines.append(
            {
                "title": contest["title"],
                "ranked": contest["kind"] == "rank",
                "chosen": [names.get(one, one) for one in chosen],
                "fields": fields,
            }
        )
    return lines
