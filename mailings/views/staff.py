"""Staff pages of a mailing: preview with audience, report, and the story of one person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.core import dates
from backoffice.core.admin_bases import staff_page
from backoffice.core.errors import RollcallError
from mailings.enums import MailingState
from mailings.models import Mailing, MailingFile, Subscription
from mailings.services.audience import REASONS, tally
from mailings.services.consent import proof_of
from mailings.services.difference import SHOWN, difference
from mailings.services.explaining import explain
from mailings.services.holding import held_back
from mailings.services.preview import preview_page
from mailings.services.readiness import readiness
from mailings.services.reporting import rates_of_topic, report_on
from mailings.services.why import answer, find_person

RUNNING = frozenset({MailingState.PLANNING, MailingState.SENDING, MailingState.PAUSED})


def _mailing(pk: int) -> Mailing:
    return get_object_or_404(
        Mailing.objects.select_related("topic", "segment", "exclude", "follows"), pk=pk
    )


def mailing_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as one chosen person would get it, the audience, and what changed since last time.

    The person comes by POST, which changes nothing: an address must not stand in an access log.
    """
    mailing = _mailing(pk)
    asked = request.POST.get("person", "")
    contact, _address = find_person(asked)
    language = request.POST.get("language", "en-gb")
    context: dict = {"mailing": mailing, "asked": asked, "person": contact, "language": language}
    try:
        context |= preview_page(mailing, contact, language)
        context |= _audience(mailing)
        if contact is not None:
            context["explanation"] = explain(mailing, contact, on=dates.today())
    except RollcallError as error:
        context["problem"] = str(error)
    return staff_page(request, "admin/mailings/preview.html", title=_("Preview"), context=context)


def _audience(mailing: Mailing) -> dict:
    day = dates.today()
    counted = tally(mailing, on=day)
    changed = difference(mailing, on=day)
    context = {
        "reached": counted.reached,
        "named": counted.named,
        "left_out": [(REASONS[key], count) for key, count in counted.left_out.items()],
        "changed": changed,
        "new": changed.new[:SHOWN],
        "gone": changed.gone[:SHOWN],
        "unserved": _unserved(mailing),
    }
    if mailing.state in ("draft", "approved"):
        try:
            context["ready"] = readiness(mailing, on=day, at=dates.now())
        except RollcallError as error:
            context["not_ready"] = str(error)
    return context


def _unserved(mailing: Mailing) -> list[MailingFile]:
    """Files whose organisation has nobody in the audience."""
    from mailings.services.audience import candidates

    files = list(mailing.files.select_related("organisation"))
    if not files:
        return []
    served = {c.organisation_id for c in candidates(mailing, on=dates.today()) if not c.reason}
    return [item for item in files if item.organisation_id not in served]


def mailing_report(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a mailing: sums that add up, reasons, rates per recipient domain."""
    mailing = _mailing(pk)
    context = {
        "mailing": mailing,
        "report": report_on(mailing),
        "running": mailing.state in RUNNING,
        "held_back": held_back(mailing),
        "topic_rates": rates_of_topic(mailing.topic, at=dates.now()) if mailing.topic else None,
        "follow_ups": mailing.followed_by.all(),
        "deliveries": reverse("admin:delivery_delivery_changelist") + f"?mailing_ref={pk}",
    }
    return staff_page(request, "admin/mailings/report.html", title=_("Report"), context=context)


def mailing_why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why did they get it, or why not? The person comes by POST, as in the preview."""
    mailing = _mailing(pk)
    asked = request.POST.get("person", "").strip()
    context: dict = {"mailing": mailing, "asked": asked}
    if asked:
        contact, address = find_person(asked)
        try:
            if contact is not None or address:
                context["answer"] = answer(mailing, contact, address, on=dates.today())
        except RollcallError as error:
            context["problem"] = str(error)
    return staff_page(
        request, "admin/mailings/why.html", title=_("Why did they get it – why not?"),
        context=context,
    )  # fmt: skip


def consent_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """One page to print: what was declared, when, in which words, and how it was confirmed."""
    subscription = get_object_or_404(Subscription.objects.select_related("topic", "contact"), pk=pk)
    context = {"proof": proof_of(subscription), "now": dates.now()}
    return staff_page(
        request, "admin/mailings/consent_proof.html", title=_("Proof of consent"), context=context
    )
