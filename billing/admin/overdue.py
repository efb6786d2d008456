"""The overdue desk: reminders due, one payer at a time, letters to post, open items by age."""

from __future__ import annotations

import csv
from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import OperationForm, StaffPage, staff_page
from backoffice.core.errors import RollcallError
from backoffice.core.texts import harmless_cell
from billing.messages import reminder_message
from billing.services import paper_mail, payers
from billing.services.dunning import propose_reminders, take_step
from billing.services.flags import clear_flag, set_flag
from billing.services.reports import BUCKETS, aged_open_items, aged_totals
from contacts.models import Organisation
from contacts.services.records import add_note


class PauseForm(OperationForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)
    until = forms.DateField(label=_("Until"), initial=lambda: dates.today() + timedelta(days=30))


class NoteForm(OperationForm):
    text = forms.CharField(label=_("Note of a call or a mail"), max_length=2000,
                           widget=forms.Textarea)  # fmt: skip


def desk(request):
    """Reminders due today, letters that wait, and all open items by age."""
    day = dates.today()
    proposals = propose_reminders(on=day)
    if request.method == "POST":
        _may_send(request)
        _send_chosen(request, proposals, day)
        return redirect("admin:overdue_desk")
    names = Organisation.objects.in_bulk([p.organisation_id for p in proposals])
    aged = aged_open_items(on=day)
    return staff_page(
        request,
        "billing/overdue_desk.html",
        title=_t("Overdue desk"),
        context={
            "proposals": [(p, names[p.organisation_id]) for p in proposals],
            "aged": aged,
            "totals": aged_totals(aged),
            "buckets": BUCKETS,
            "letters": len(paper_mail.waiting_letters()),
            "day": day,
            "may_send": request.user.has_perm("billing.send_dunningnotice"),
        },
    )


def _may_send(request) -> None:
    if not request.user.has_perm("billing.send_dunningnotice"):
        raise PermissionDenied


def _send_chosen(request, proposals, day: date) -> None:
    chosen = set(request.POST.getlist("payer"))
    actor, done, refused = Actor.user(request.user), 0, []
    for proposal in proposals:
        if f"{proposal.organisation_id}:{proposal.currency}" not in chosen:
            continue
        try:
            take_step(proposal=proposal, on=day, actor=actor)
            done += 1
        except (RollcallError, IntegrityError) as error:
            refused.append(str(error))
    messages.success(request, _t("%(n)s reminders planned.") % {"n": done})
    for reason in refused:
        messages.warning(request, reason)


def payer_page(request, pk: int, currency: str):
    """One payer: items, what was sent, what comes next with a preview, call note, pause."""
    organisation = get_object_or_404(Organisation, pk=pk)
    day = dates.today()
    if request.method == "POST":
        _may_send(request)
        _act(request, organisation, currency, day)
        return redirect("admin:overdue_payer", pk, currency)
    payer = payers.payer_on(organisation=organisation, currency=currency, on=day)
    preview = None
    if payer.proposal is not None:
        preview = reminder_message(
            step=payer.proposal.step, organisation=organisation, currency=currency, preview=True,
            items=[(i, amount) for i, amount, _step in payer.proposal.invoices],
            language=payer.people[0].language if payer.people else organisation.language,
        )  # fmt: skip
    return staff_page(
        request,
        "billing/overdue_payer.html",
        title=str(organisation),
        context={
            "payer": payer,
            "preview": preview,
            "following": payers.following_payer(after=payer, on=day),
            "pause_form": PauseForm(),
            "note_form": NoteForm(),
            "may_send": request.user.has_perm("billing.send_dunningnotice"),
        },
    )


def _act(request, organisation: Organisation, currency: str, day: date) -> None:
    acts = {"send": _send, "pause": _pause, "note": _note, "flag": _flag, "clear": _clear}
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        return
    try:
        messages.success(request, act(request, organisation, currency, day))
    except (RollcallError, IntegrityError) as error:
        messages.error(request, str(error))


def _send(request, organisation, currency: str, day: date) -> str:
    payer = payers.payer_on(organisation=organisation, currency=currency, on=day)
    if payer.proposal is None:
        return _t("No reminder is due.")
    notice = take_step(proposal=payer.proposal, on=day, actor=Actor.user(request.user))
    if notice.way == "letter":
        return _t("Nobody can be reached by mail; a letter is being printed.")
    return _t("The reminder is on its way.")


def _pause(request, organisation, currency: str, day: date) -> str:
    form = PauseForm(request.POST)
    if not form.is_valid():
        raise RollcallError(_t("Give a reason and a day."))
    count = payers.pause_payer(
        payer=organisation, currency=currency, on=day, actor=Actor.user(request.user),
        reason=form.cleaned_data["reason"], until=form.cleaned_data["until"],
    )  # fmt: skip
    return _t("Reminders of %(n)s invoices are paused.") % {"n": count}


def _note(request, organisation, currency: str, day: date) -> str:
    add_note(
        text=request.POST.get("text", ""), organisation=organisation, actor=Actor.user(request.user)
    )
    return _t("The note is on the timeline.")


def _invoice(request, organisation, currency: str):
    payer = payers.payer_on(organisation=organisation, currency=currency, on=dates.today())
    wanted = request.POST.get("invoice", "")
    item = next((i for i in payer.items if str(i.invoice.pk) == wanted), None)
    if item is None:
        raise RollcallError(_t("This invoice is not open any more."))
    return item


def _flag(request, organisation, currency: str, day: date) -> str:
    item = _invoice(request, organisation, currency)
    set_flag(
        invoice=item.invoice, kind="disputed", reason=request.POST.get("reason", ""), on=day,
        actor=Actor.user(request.user),
    )  # fmt: skip
    return _t("%(invoice)s is marked as disputed; its reminders stop.") % {"invoice": item.invoice}


def _clear(request, organisation, currency: str, day: date) -> str:
    item = _invoice(request, organisation, currency)
    for mark in item.marks:
        clear_flag(flag=mark, on=day, actor=Actor.user(request.user))
    return _t("The marks of %(invoice)s are taken off.") % {"invoice": item.invoice}


def letters_page(request):
    """Letters that wait, one file to print them, and which were posted."""
    waiting = paper_mail.waiting_letters()
    if request.method == "POST":
        _may_send(request)
        chosen = set(request.POST.getlist("letter"))
        picked = [letter for letter in waiting if letter.key in chosen]
        if request.POST.get("act") == "print":
            return _as_file(request, picked)
        _posted(request, picked)
        return redirect("admin:billing_letters")
    return staff_page(
        request,
        "billing/letters.html",
        title=_t("Letters to post"),
        context={
            "letters": waiting,
            "may_send": request.user.has_perm("billing.send_dunningnotice"),
        },
    )


def _as_file(request, picked):
    try:
        content = paper_mail.merged(picked)
    except RollcallError as error:
        messages.error(request, str(error))
        return redirect("admin:billing_letters")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="letters.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def _posted(request, picked) -> None:
    done = 0
    for letter in picked:
        try:
            paper_mail.mark_posted(key=letter.key, on=dates.today(), actor=Actor.user(request.user))
            done += 1
        except RollcallError as error:
            messages.warning(request, str(error))
    messages.success(request, _t("%(n)s letters are marked as posted.") % {"n": done})


def aged_file(request):
    """Open items by age as a table to work with."""
    day = dates.today()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="open-items-{day.isoformat()}.csv"'
    writer = csv.writer(response)
    writer.writerow(["payer", "currency", *BUCKETS, "total"])
    for row in aged_open_items(on=day):
        writer.writerow([harmless_cell(row.payer), row.currency, *row.cells, row.total])
    return response


PAGES = (
    StaffPage("billing/overdue/", "overdue_desk", "billing.view_invoice", desk, "billing",
              _("Overdue desk"), "running_with_errors"),
    StaffPage("billing/overdue/open-items.csv", "overdue_file", "billing.export_invoice", aged_file),
    StaffPage("billing/overdue/<int:pk>/<str:currency>/", "overdue_payer", "billing.view_invoice",
              payer_page),
    StaffPage("billing/letters/", "billing_letters", "billing.view_invoice", letters_page,
              "billing", _("Letters to post"), "mark_as_unread"),
)  # fmt: skip
