"""Moving a member or a repository: the form, the preview, then the act."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from contacts.admin.act_forms import MoveForm, MoveRepositoryForm
from contacts.models import Organisation, Repository
from contacts.registry import MoveTarget
from contacts.services import moves


def move_member(request: HttpRequest, pk: int) -> HttpResponse:
    """POST shows the preview; POST with ``confirmed`` moves."""
    organisation = get_object_or_404(Organisation, pk=pk)
    form = MoveForm(request.POST if request.method == "POST" else None)
    preview, problem = None, ""
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            if "confirmed" in request.POST:
                moves.move_member(organisation=organisation, actor=Actor.user(request.user), **data)
                messages.success(request, _t("The member has moved."))
                return redirect("admin:contacts_organisation_change", organisation.pk)
            preview = moves.preview_move(organisation, _target(organisation, data), on=data["on"])
        except RollcallError as error:
            problem = error.message
    return _page(request, _t("Move the member"), organisation, organisation, form, preview, problem)


def _target(organisation: Organisation, data: dict) -> MoveTarget:
    """Raises: RollcallError when the move is not possible; looked at before anything is shown."""
    period = moves.current_period(organisation)
    kind = data["member_type"] or period.member_type
    moves.check_target(organisation, kind, data["lead"], period, data["on"])
    before = moves.current_lead(organisation, on=data["on"])
    return MoveTarget(
        member_type=kind.code, lead=data["lead"].pk if data["lead"] and kind.led_by else None,
        lead_before=before.pk if before else None,
    )  # fmt: skip


def move_repository(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for a repository, to another member."""
    repository = get_object_or_404(Repository.objects.select_related("organisation"), pk=pk)
    form = MoveRepositoryForm(request.POST if request.method == "POST" else None)
    preview, problem = None, ""
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            if "confirmed" in request.POST:
                moves.move_repository(repository=repository, actor=Actor.user(request.user), **data)
                messages.success(request, _t("The repository has moved."))
                return redirect("admin:contacts_repository_change", repository.pk)
            moves.check_holder(repository, data["to"], data["on"])
            preview = moves.preview_move(
                repository.organisation,
                MoveTarget(repository=repository.pk, new_holder=data["to"].pk), on=data["on"],
            )  # fmt: skip
        except RollcallError as error:
            problem = error.message
    return _page(
        request, _t("Move the repository"), repository, repository.organisation, form, preview,
        problem,
    )  # fmt: skip


def _page(request, title, record, organisation, form, preview, problem) -> HttpResponse:
    return staff_page(
        request,
        "contacts/move.html",
        title=title,
        context={"form": form, "record": record, "organisation": organisation,
                 "preview": preview, "problem": problem, "day": today()},
    )  # fmt: skip


PAGES = (
    StaffPage("organisations/<int:pk>/move/", "move_member", "contacts.move_organisation",
              move_member),
    StaffPage("repositories/<int:pk>/move/", "move_repository", "contacts.move_repository",
              move_repository),
)  # fmt: skip
