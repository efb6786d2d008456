"""`/admin/groups/<id>/`: compare a group with its topic, look at the plan, carry it out."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import OperationForm, staff_page
from backoffice.core.errors import RollcallError
from backoffice.core.models import StoredDocument
from backoffice.core.services import audit, documents
from mailings.models import GroupLink
from mailings.services.groups import apply_plan, as_csv, make_plan

MOST_BYTES = 5 * 1024 * 1024
# Of the kind that a removal searches for the person's addresses.
KIND = "import"
KEPT = timedelta(days=30)


class CompareForm(OperationForm):
    file = forms.FileField(label=_("Members as exported from the group (CSV)"))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file


def group_comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form, or the plan for a file that was uploaded; POST uploads one, carries the
    plan out (``apply``) or writes the list for the group (``download``)."""
    group = get_object_or_404(GroupLink.objects.select_related("topic", "segment"), pk=pk)
    context: dict = {"group": group, "may_apply": request.user.has_perm("mailings.apply_grouplink")}
    if request.method == "POST" and not context["may_apply"]:
        raise PermissionDenied
    chosen = request.POST.get("chosen") or request.GET.get("file", "")
    upload = request.method == "POST" and not chosen
    context["form"] = form = CompareForm(*((request.POST, request.FILES) if upload else ()))
    if upload and form.is_valid():
        return _keep(group, form.cleaned_data["file"])
    try:
        if chosen:
            answer = _plan(request, group, chosen, context)
            if answer is not None:
                return answer
    except RollcallError as error:
        context["problem"] = error.message
    return staff_page(request, "admin/mailings/group.html", title=_("Group"), context=context)


def _keep(group: GroupLink, file) -> HttpResponse:
    document = documents.store_new(
        file.read(),
        kind=KIND,
        subject=f"mailings.grouplink:{group.pk}",
        file_name=str(file.name)[:200],
        media_type="text/csv",
        delete_after=dates.today() + KEPT,
    )
    address = reverse("admin:group_comparison", args=[group.pk])
    return HttpResponseRedirect(f"{address}?file={document.pk}")


def _plan(request: HttpRequest, group: GroupLink, chosen: str, context: dict):
    try:
        number = UUID(chosen)
    except ValueError:
        return None
    document = get_object_or_404(
        StoredDocument, pk=number, subject=f"mailings.grouplink:{group.pk}"
    )
    content, name = documents.read_bytes(document), document.file_name
    actor, day = Actor.user(request.user), dates.today()
    context["chosen"] = document
    if "apply" in request.POST:
        context["plan"] = apply_plan(
            group=group,
            content=content,
            file_name=name,
            digest=request.POST.get("digest", ""),
            allow_many="allow_many" in request.POST,
            actor=actor,
            at=dates.now(),
            on=day,
        )
        context["applied"] = True
        return None
    plan = context["plan"] = make_plan(group, content, name, on=day)
    if request.method != "POST" or "download" not in request.POST:
        return None
    audit.record(
        "exports", "export", actor=actor, subject=group,
        facts={"model": "mailings.grouplink", "rows": len(plan.add) + len(plan.remove),
               "purpose": "group_sync", "recipient": "processor"},
    )  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="group-{group.pk}.csv"'}
    return HttpResponse(as_csv(plan), content_type="text/csv; charset=utf-8", headers=headers)
