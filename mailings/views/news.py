"""`/news/`: topics, archive, feed, sign-up, confirmation. No account, no cookie needed to read."""

from __future__ import annotations

from allauth.core.internal.httpkit import get_client_ip
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.addresses import mask_address
from backoffice.core.errors import BadInput, RollcallError
from backoffice.core.limits import allow
from mailings.enums import FollowUp, MailingState, SubscriptionState
from mailings.models import Mailing, Topic
from mailings.services.archive import archived_page
from mailings.services.opt_in import (
    confirm_subscription,
    is_open,
    request_subscription,
    subscription_of_token,
)

FORM = Actor.link("sign-up")


class SignUpForm(forms.Form):
    """The address and nothing else (no name is asked for)."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    topics = forms.ModelMultipleChoiceField(
        label=_("What would you like to receive?"),
        queryset=Topic.objects.filter(public=True, active=True),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one topic.")},
    )
    # A field that people do not see and programs fill in.
    website = forms.CharField(required=False)


def public_topics():
    """Topics with a public archive, in their order."""
    return Topic.objects.filter(public=True, active=True)


def archive_of(topic: Topic):
    """Mailings of a public topic that have gone out, newest first; none that only made up for
    what somebody missed."""
    return (
        Mailing.objects.filter(
            topic=topic, in_archive=True, state__in=[MailingState.SENDING, MailingState.FINISHED]
        )
        .exclude(follow_kind=FollowUp.MISSING)
        .order_by("-started_at")
    )


@require_safe
def topics_page(request: HttpRequest) -> HttpResponse:
    """All public topics with their latest mailings."""
    rows = [(topic, list(archive_of(topic)[:5])) for topic in public_topics()]
    return render(request, "mailings/topics.html", {"rows": rows})


@require_safe
def topic_page(request: HttpRequest, code: str) -> HttpResponse:
    """The archive of one topic."""
    topic = get_object_or_404(public_topics(), code=code)
    context = {"topic": topic, "mailings": archive_of(topic)[:200]}
    return render(request, "mailings/topic.html", context)


@require_safe
def archived_mailing(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One mailing with neutral values; never a token."""
    topic = get_object_or_404(public_topics(), code=code)
    mailing = get_object_or_404(archive_of(topic), pk=number)
    page = archived_page(mailing, get_language() or "en-gb")
    return render(request, "mailings/archived.html", {"topic": topic, "mailing": mailing, **page})


@require_safe
def topic_feed(request: HttpRequest, code: str) -> HttpResponse:
    """Atom (RFC 4287) of the same pages."""
    topic = get_object_or_404(public_topics(), code=code)
    entries = list(archive_of(topic)[:30])
    context = {
        "topic": topic,
        "base": settings.ROLLCALL_BASE_URL,
        "entries": [(entry, archived_page(entry, "en-gb")) for entry in entries],
        "updated": entries[0].started_at if entries else dates.now(),
    }
    return render(
        request, "mailings/feed.xml", context, content_type="application/atom+xml; charset=utf-8"
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe_page(request: HttpRequest) -> HttpResponse:
    """The sign-up form. The answer is the same for every address."""
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not allow(request, action="sign-up", limit=20, seconds=3600):
        return render(request, "public/too_many.html", status=429)
    if request.method == "POST" and form.is_valid():
        problem = "" if form.cleaned_data["website"] else _sign_up(request, form)
        if not problem:
            return render(request, "mailings/check_mail.html")
        form.add_error("email", problem)
    status = 200 if request.method != "POST" else 422
    return render(request, "mailings/subscribe.html", {"form": form}, status=status)


def _sign_up(request: HttpRequest, form: SignUpForm) -> str:
    """What is wrong with the address, empty when the confirmation is on its way."""
    language = "de" if (get_language() or "").startswith("de") else "en-gb"
    for topic in form.cleaned_data["topics"]:
        try:
            request_subscription(
                topic=topic,
                address=form.cleaned_data["email"],
                language=language,
                source="form",
                network_address=get_client_ip(request) or "",
                actor=FORM,
                at=dates.now(),
            )
        except BadInput as error:
            return error.message
    return ""


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the button, POST confirms: link scanners that fetch it subscribe nobody."""
    subscription = subscription_of_token(token)
    now = dates.now()
    active = subscription is not None and subscription.state == SubscriptionState.ACTIVE
    if subscription is None or not (active or is_open(subscription, at=now)):
        return render(request, "mailings/confirm_gone.html", status=404)
    if request.method == "POST":
        try:
            with override(subscription.language):
                confirm_subscription(
                    subscription=subscription,
                    source="link",
                    network_address=get_client_ip(request) or "",
                    actor=FORM,
                    at=now,
                )
        except RollcallError:
            # Left or removed at this very moment.
            return render(request, "mailings/confirm_gone.html", status=409)
    context = {
        "subscription": subscription,
        "topic": subscription.topic,
        "masked": mask_address(subscription.address or ""),
    }
    with override(subscription.language):
        return render(request, "mailings/confirm.html", context)
