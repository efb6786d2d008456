"""Staff pages: segment builder, preview of a mailing, report."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import staff_page
from backoffice.core.errors import RollcallError
from backoffice.delivery.models import Delivery
from contacts.models import Contact
from mailings.models import Mailing, Segment
from mailings.segments.compiler import contacts_matching
from mailings.segments.form import SECTIONS, rows_of, rule_from
from mailings.segments.rules import leaves, words
from mailings.services.audience import REASONS, difference, explain, explain_rule, tally
from mailings.services.preview import preview_page
from mailings.services.segments import save_segment

SAMPLE = 20


def segment_builder(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The builder: lines in three groups, count, sample with reasons, why not. POST saves."""
    segment = get_object_or_404(Segment, pk=pk) if pk else Segment(name="", rule={})
    problem, rule = "", segment.rule
    name = segment.name
    if request.method == "POST":
        name = request.POST.get("name", "").strip()
        rule = rule_from(request.POST)
        if "save" in request.POST:
            try:
                segment = _saved(request, segment, name, rule)
                return HttpResponseRedirect(reverse("admin:segment_builder", args=[segment.pk]))
            except RollcallError as error:
                problem = error.message
    context = {
        "segment": segment,
        "name": name,
        "sections": [(key, label, rows_of(rule, key)) for key, label in SECTIONS],
        "problem": problem,
        "may_save": request.user.has_perm("mailings.change_segment"),
        "asked": request.POST.get("person", ""),
    }
    return staff_page(
        request,
        "admin/mailings/segment.html",
        title=_("Segment"),
        context={**context, **_answer(rule, request.POST.get("person", ""))},
    )


def _saved(request: HttpRequest, segment: Segment, name: str, rule: dict) -> Segment:
    if not request.user.has_perm("mailings.change_segment"):
        raise PermissionDenied
    return save_segment(
        segment=segment, name=name, rule=rule, actor=Actor.user(request.user), on=dates.today()
    )


def _answer(rule: dict, person: str) -> dict:
    """Count, sample with the lines that hold, and the answer about one person."""
    try:
        people = contacts_matching(rule, on=dates.today())
        sample = [
            (
                contact,
                [line for line, holds in explain_rule(rule, contact, on=dates.today()) if holds],
            )
            for contact in people.order_by("pk")[:SAMPLE]
        ]
        asked = _person(person)
        return {
            "count": people.count(),
            "sample": sample,
            "person_found": asked,
            "person_lines": explain_rule(rule, asked, on=dates.today()) if asked else [],
            "person_inside": asked is not None and people.filter(pk=asked.pk).exists(),
            "rule_words": [words(leaf) for leaf in leaves(rule)] if rule else [],
        }
    except RollcallError as error:
        return {"problem": error.message, "count": 0, "sample": []}


def _person(text: str) -> Contact | None:
    text = text.strip()
    return Contact.objects.living().matching(text).order_by("pk").first() if text else None


def mailing_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as one chosen person would get it, the audience, and what changed since last time.

    The person comes by POST, which changes nothing: an address must not stand in an access log.
    """
    mailing = get_object_or_404(
        Mailing.objects.select_related("topic", "segment", "exclude"), pk=pk
    )
    asked = _person(request.POST.get("person", ""))
    context: dict = {"mailing": mailing, "asked": request.POST.get("person", ""), "person": asked}
    try:
        context |= preview_page(mailing, asked, request.POST.get("language", "en-gb"))
        counted = tally(mailing, on=dates.today())
        changed = difference(mailing, on=dates.today())
        context |= {
            "reached": counted.reached,
            "left_out": [(REASONS[key], count) for key, count in counted.left_out.items()],
            "new": Contact.objects.filter(pk__in=changed["new"][:SAMPLE]),
            "gone": Contact.objects.filter(pk__in=changed["gone"][:SAMPLE]),
            "new_count": len(changed["new"]),
            "gone_count": len(changed["gone"]),
            "explanation": explain(mailing, asked, on=dates.today()) if asked else None,
        }
    except RollcallError as error:
        context["problem"] = str(error)
    return staff_page(request, "admin/mailings/preview.html", title=_("Preview"), context=context)


def mailing_report(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a mailing: sums that add up, reasons, and one person's story.

    The person comes by POST, as in the preview.
    """
    mailing = get_object_or_404(Mailing, pk=pk)
    rows = Delivery.objects.of_mailing(pk)
    states = rows.order_by().values("state").annotate(n=Count("pk")).order_by("-n")
    labels = dict(Delivery._meta.get_field("state").flatchoices)
    reasons = (
        rows.exclude(reason="")
        .exclude(state__in=["sent", "delivered"])
        .order_by()
        .values("state", "reason")
        .annotate(n=Count("pk"))
        .order_by("-n")[:20]
    )
    asked = request.POST.get("person", "").strip()
    context = {
        "mailing": mailing,
        "states": [(labels[row["state"]], row["n"], row["state"]) for row in states],
        "total": rows.count(),
        "reasons": [(labels[row["state"]], row["reason"], row["n"]) for row in reasons],
        "left_out": [(REASONS.get(key, key), n) for key, n in mailing.left_out.items()],
        "asked": asked,
        "found": rows.filter(address=asked.lower()) if asked else [],
        "deliveries": reverse("admin:delivery_delivery_changelist") + f"?mailing_ref={pk}",
    }
    return staff_page(request, "admin/mailings/report.html", title=_("Report"), context=context)
