"""The segment builder: lines in three groups, live count, sample with reasons, and why not."""

from __future__ import annotations

import time

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import staff_page
from backoffice.core.errors import RollcallError
from mailings.models import Segment
from mailings.segments.compiler import contacts_matching
from mailings.segments.form import blocks_of, fits_the_form, questions, rule_from
from mailings.segments.rules import leaves, words
from mailings.services.explaining import explain_rule
from mailings.services.segments import save_segment
from mailings.services.why import find_person

SAMPLE = 20


def segment_builder(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The page. POST shows what the lines would select, or saves them."""
    segment = get_object_or_404(Segment, pk=pk) if pk else Segment(name="", rule={})
    problem, rule, name = "", segment.rule, segment.name
    whole = fits_the_form(segment.rule)
    if request.method == "POST":
        name, rule = request.POST.get("name", "").strip(), rule_from(request.POST)
        if "save" in request.POST:
            try:
                saved = _saved(request, segment, name, rule)
                return HttpResponseRedirect(reverse("admin:segment_builder", args=[saved.pk]))
            except RollcallError as error:
                problem = error.message
    context = {
        "segment": segment,
        "name": name,
        "blocks": blocks_of(rule, spare_block="block" in request.POST),
        "questions": questions(),
        "whole": whole,
        "may_save": whole and request.user.has_perm("mailings.change_segment"),
        "asked": request.POST.get("person", ""),
        "used_by": segment.mailings.order_by("-pk")[:5] if segment.pk else [],
    }
    return staff_page(
        request,
        "admin/mailings/segment.html",
        title=_("Segment"),
        context={**_answer(rule, request.POST.get("person", "")), **context,
                 **({"problem": problem} if problem else {})},
    )  # fmt: skip


def _saved(request: HttpRequest, segment: Segment, name: str, rule: dict) -> Segment:
    needed = "mailings.change_segment" if segment.pk else "mailings.add_segment"
    if not request.user.has_perm(needed) or not fits_the_form(segment.rule):
        raise PermissionDenied
    return save_segment(
        segment=segment, name=name, rule=rule, actor=Actor.user(request.user), on=dates.today()
    )


def _answer(rule: dict, person: str) -> dict:
    """Count, sample with the lines that hold, and the answer about one person."""
    day = dates.today()
    try:
        people = contacts_matching(rule, on=day)
        sample = [
            (contact, [line for line, holds in explain_rule(rule, contact, on=day) if holds])
            for contact in people.order_by("pk")[:SAMPLE]
        ]
        asked, _address = find_person(person)
        return {
            "count_text": counted(people.count()),
            "sample": sample,
            "person_found": asked,
            "person_lines": explain_rule(rule, asked, on=day) if asked else [],
            "person_inside": asked is not None and people.filter(pk=asked.pk).exists(),
            "rule_words": [words(leaf) for leaf in leaves(rule)] if rule else [],
        }
    except RollcallError as error:
        return {"problem": error.message, "count_text": counted(0), "sample": []}


def counted(number: int) -> str:
    """“1 person”, “41 people”."""
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": number}


def segment_count(request: HttpRequest) -> HttpResponse:
    """How many the lines would select, while they are being written: {"text", "seconds"} or
    {"problem"}. Changes nothing; the lines come by POST, because they may name a person."""
    begun = time.monotonic()
    try:
        number = contacts_matching(rule_from(request.POST), on=dates.today()).count()
    except RollcallError as error:
        return JsonResponse({"problem": error.message})
    return JsonResponse({"text": counted(number), "seconds": round(time.monotonic() - begun, 3)})
