"""Public pages of the desk. The same answer for known and unknown addresses; GET changes nothing."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.dates import today
from backoffice.core.errors import BadInput
from backoffice.core.limits import allow
from backoffice.core.services import documents
from backoffice.core.tokens import token_hash
from contacts.privacy.enums import CaseKind, Channel
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import cases, opening
from contacts.privacy.services.export import export_behind, fetch_export

KINDS = [
    (CaseKind.REMOVAL, _("Remove my data")),
    (CaseKind.ACCESS, _("Send me what you hold about me")),
    (CaseKind.RECTIFICATION, _("Correct my data")),
    (CaseKind.RESTRICTION, _("Restrict the use of my data")),
    (CaseKind.OBJECTION, _("Stop writing to me")),
]


class RequestForm(forms.Form):
    kind = forms.ChoiceField(label=_("What do you want?"), choices=KINDS, widget=forms.RadioSelect)
    address = forms.CharField(
        label=_("Your e-mail address"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Anything we should know (optional)"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def clean_address(self) -> str:
        try:
            return normalise_address(self.cleaned_data["address"])
        except BadInput as error:
            raise forms.ValidationError(error.message) from error


@require_http_methods(["GET", "HEAD", "POST"])
def request_form(request: HttpRequest) -> HttpResponse:
    """One form for every right; limited per address of the network."""
    form = RequestForm(request.POST or None, initial={"kind": CaseKind.REMOVAL})
    if request.method == "POST":
        if not allow(request, action="privacy_request", limit=10, seconds=3600):
            return render(request, "public/too_many.html", status=429)
        if form.is_valid():
            opening.open_case(
                kind=form.cleaned_data["kind"],
                channel=Channel.FORM,
                address=form.cleaned_data["address"],
                received_on=today(),
                actor=Actor.link("privacy_form"),
                language=get_language() or "en-gb",
                raw_text=form.cleaned_data["text"],
            )
            return redirect("privacy_thanks")
    return render(request, "privacy/request.html", {"form": form})


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/thanks.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link from the mail to the address on file: GET shows, POST confirms."""
    case = PrivacyCase.objects.filter(identity_token_hash=token_hash(token)).first()
    done = False
    if request.method == "POST" and case is not None:
        cases.confirm_identity(token=token, actor=Actor.link("privacy_confirm"))
        done = True
    return render(
        request,
        "privacy/confirm.html",
        {"known": case is not None, "done": done, "kind": case.get_kind_display() if case else ""},
        status=200 if case is not None else 404,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, token: str) -> HttpResponse:
    """The person's own data behind an expiring link; each download is recorded."""
    found = export_behind(token, on=today())
    if request.method != "POST" or found is None:
        status = 404 if found is None else 200
        return render(request, "privacy/export.html", {"export": found}, status=status)
    which = "data" if request.POST.get("which") == "data" else "page"
    document = fetch_export(
        token=token, which=which, on=today(), actor=Actor.link("privacy_export")
    )
    if document is None:
        return render(request, "privacy/export.html", {"export": None}, status=404)
    name = "my-data.json" if which == "data" else "my-data.html"
    return HttpResponse(
        documents.read_bytes(document),
        content_type=document.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
