"""`/apply/`: the form, the applicant's own page, the signature. GET changes nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import RollcallError
from backoffice.core.limits import allow
from contacts.agreement_text import paragraphs
from contacts.application_form import WholeForm
from contacts.enums import APPLICATION_TRANSITIONS, ApplicationState
from contacts.public_forms import SignForm
from contacts.services import agreements, applications

FORM = Actor.link("application_form")
APPLICANT = Actor.link("applicant")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """The application form; limited per address of the network."""
    form = WholeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not allow(request, action="apply", limit=10, seconds=3600):
            return render(request, "public/too_many.html", status=429)
        if form.is_valid():
            if not form.applicant.cleaned_data["homepage"]:
                applications.submit_application(
                    fields=form.fields(), contacts=form.contacts(), actor=FORM, at=dates.now()
                )
            return redirect("apply_thanks")
    status = 422 if request.method == "POST" else 200
    return render(request, "contacts/public/apply.html", {"form": form}, status=status)


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "contacts/public/apply_thanks.html")


def may_withdraw(state: str) -> bool:
    return ApplicationState.WITHDRAWN in APPLICATION_TRANSITIONS[state]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_page(request: HttpRequest, token: str) -> HttpResponse:
    """The applicant's page behind the link: confirm the address, see the state, withdraw."""
    application = applications.by_token(token)
    if application is None:
        return render(request, "contacts/public/gone.html", status=404)
    problem = ""
    if request.method == "POST":
        try:
            if "withdraw" in request.POST:
                applications.withdraw_application(
                    application=application, reason=request.POST.get("reason", "")[:5000],
                    on=dates.today(), actor=APPLICANT,
                )  # fmt: skip
            else:
                application = applications.confirm_application(
                    token=token, actor=APPLICANT, at=dates.now()
                )
        except RollcallError as error:
            problem = error.message
    return render(
        request,
        "contacts/public/application.html",
        {"application": application, "problem": problem,
         "may_withdraw": may_withdraw(application.state)},
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, token: str) -> HttpResponse:
    """The agreement and the signature by name. The link alone signs nothing."""
    application = agreements.agreement_to_sign(token, on=dates.today())
    if application is None:
        return render(request, "contacts/public/gone.html", status=404)
    form = SignForm(
        request.POST if request.method == "POST" else None,
        initial={"sha256": application.agreement_sha256},
    )
    problem = ""
    if request.method == "POST" and form.is_valid():
        if not allow(request, action="sign", limit=20, seconds=3600):
            return render(request, "public/too_many.html", status=429)
        data = form.cleaned_data
        try:
            application = agreements.sign_agreement(
                token=token, name=data["name"], position=data["position"], sha256=data["sha256"],
                actor=Actor.link("agreement"), at=dates.now(), on=dates.today(),
            )  # fmt: skip
        except RollcallError as error:
            problem = error.message
            application.refresh_from_db()
    if request.method == "POST" and not form.is_valid():
        problem = _("Please look at the marked fields.")
    return render(
        request,
        "contacts/public/sign.html",
        {"application": application, "form": form, "problem": problem,
         "blocks": paragraphs(application.agreement_text),
         "done": application.state != ApplicationState.AGREEMENT_SENT},
    )  # fmt: skip
