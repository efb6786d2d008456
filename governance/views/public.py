"""The election's public side: what is voted on, board, receipt check, roll check, result, files."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backoffice.core.errors import RollcallError
from backoffice.core.services.documents import read_bytes
from governance import messages, presentation, results
from governance.enums import ElectionState
from governance.models import BoardEntry, BoardHead, Election, RollEntry
from governance.queries import envelope_state, quorums, roll_summary, turnout
from governance.sealing.roll import path_leads_to, roll_paths
from governance.services.casting import entry_for_token
from governance.services.roll import public_entry
from governance.views.ballot import _body, _token, public_election, refused, voter_words
from governance.views.limits import counted

BOARD_PAGE = 2000
HASH_LENGTH = 64


def _context(election: Election, **more: Any) -> dict[str, Any]:
    return {
        "election": election,
        "title": messages.title_of(election, (get_language() or "")[:2]),
        **messages.times(election),
        **more,
    }


@require_safe
def election(request: HttpRequest, slug: str) -> HttpResponse:
    """What is voted on, by which rules, the size of the roll, and where to check things."""
    found = public_election(slug)
    figures = turnout(found) if found.roll_root else None
    return render(
        request,
        "governance/election.html",
        _context(
            found,
            contests=presentation.paper(found),
            rules={contest["id"]: contest for contest in found.definition["contests"]},  # type: ignore[index]
            turnout=figures,
            quorums=quorums(found, figures) if figures else [],
            roll=roll_summary(found),
            head=BoardHead.objects.filter(election=found).first(),
            files=found.files.filter(public=True).order_by("name"),
            has_result=bool(found.report) and result_is_public(found),
        ),
    )


@require_safe
def definition(request: HttpRequest, slug: str) -> HttpResponse:
    """The definition in its canonical bytes: their SHA-256 is the election's id."""
    from governance.sealing.canonical import canonical_bytes

    found = public_election(slug)
    return HttpResponse(canonical_bytes(found.definition), content_type="application/json")


@never_cache
@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """All receipts in their chain, as a page or (``?format=json``) as data."""
    found = public_election(slug)
    head = get_object_or_404(BoardHead, election=found)
    entries = BoardEntry.objects.filter(election=found).order_by("sequence")
    if request.GET.get("format") == "json":
        return JsonResponse(
            {
                "format": "rollcall-board/1",
                "election": found.definition_id,
                "envelopes": list(entries.values_list("envelope", flat=True)),
                "head": head.head,
            }
        )
    shown = list(entries.order_by("-sequence").values_list("sequence", "envelope")[:BOARD_PAGE])
    return render(
        request,
        "governance/board.html",
        _context(found, head=head, receipts=shown, more=head.sequence > BOARD_PAGE),
    )


@never_cache
@require_safe
def check(request: HttpRequest, slug: str) -> HttpResponse:
    """Is my envelope in the box? Asked with the receipt, answered without content."""
    found = public_election(slug)
    receipt = request.GET.get("receipt", "").strip().lower()
    state = ""
    if receipt:
        known = len(receipt) == HASH_LENGTH and not set(receipt) - set("0123456789abcdef")
        state = envelope_state(found, receipt) if known else "malformed"
    return render(request, "governance/check.html", _context(found, receipt=receipt, state=state))


@never_cache
@require_safe
def roll_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Where a voter checks the own entry of the roll."""
    found = public_election(slug)
    if not found.roll_root:
        raise Http404
    return render(request, "governance/roll.html", _context(found))


@never_cache
@require_POST
def roll_check(request: HttpRequest, slug: str) -> HttpResponse:
    """The voter's own entry with salt and path to the published root. Changes nothing."""
    found = public_election(slug)
    as_json = request.content_type == "application/json"
    try:
        if as_json:
            token = _token(_body(request))
        else:
            token = request.POST.get("code", "").strip().rpartition("#t=")[2]
        entry = entry_for_token(election=found, token=token)
    except RollcallError as error:
        if as_json:
            return refused(request, error)
        context = _context(found, problem=voter_words(counted(request, error)))
        return render(request, "governance/roll.html", context, status=400)
    proof = roll_proof(found, entry)
    if as_json:
        return JsonResponse(proof)
    return render(
        request,
        "governance/roll.html",
        _context(found, entry=entry, proof=json.dumps(proof, indent=1), leads=proof["leads"]),
    )


def roll_proof(election: Election, entry: RollEntry) -> dict[str, Any]:
    """Entry, salt and path, and whether the path leads to the published root."""
    leaves = list(RollEntry.objects.filter(election=election).values_list("leaf", flat=True))
    path = roll_paths(leaves)[entry.leaf]
    return {
        "entry": public_entry(entry),
        "salt": entry.salt,
        "leaf": entry.leaf,
        "path": path,
        "root": election.roll_root,
        "leads": path_leads_to(entry.leaf, path, election.roll_root),
    }


def result_is_public(election: Election) -> bool:
    """The result is published once tellers have certified it."""
    return election.state in (ElectionState.CERTIFIED, ElectionState.DESTROYED)


@require_safe
def result(request: HttpRequest, slug: str) -> HttpResponse:
    """The certified result with every stage, and the files to recount it from."""
    found = public_election(slug)
    if not result_is_public(found):
        return render(request, "governance/no_result.html", _context(found), status=404)
    return render(
        request,
        "governance/result.html",
        _context(
            found,
            contests=results.shown_results(found),
            report=found.report,
            turnout=turnout(found),
            files=found.files.filter(public=True).order_by("name"),
            certifications=found.certifications.select_related("teller__user"),
        ),
    )


@require_safe
def file(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """A published file, byte for byte; its SHA-256 stands on the election's page."""
    found = public_election(slug)
    row = get_object_or_404(found.files.select_related("document"), name=name, public=True)
    if row.name.startswith(("ballots-", "codes-", "report", "result")) and not result_is_public(
        found
    ):
        raise Http404
    response = HttpResponse(read_bytes(row.document), content_type=row.document.media_type)
    response["Content-Disposition"] = f'attachment; filename="{found.slug}-{row.name}"'
    return response


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Elections that are announced, running or decided; tests apart."""
    rows = Election.objects.public().order_by("-opens_at")[:50]
    return render(request, "governance/index.html", {"elections": rows})
