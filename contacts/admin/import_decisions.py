"""The page on which people answer what the rows of an import leave to them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import StaffPage, staff_page
from backoffice.core.dates import today
from backoffice.core.errors import RollcallError
from contacts.enums import ImportState
from contacts.imports.decisions import ANSWERS, key_in
from contacts.models import Contact, ImportRow, ImportRun, Organisation
from contacts.services.import_decisions import Asked, decide, open_questions

SHOWN = 50

TITLES = {
    "name": _("The address is known under another name"),
    "duty": _("The duty is held by somebody else"),
    "duty_twice": _("Two rows give the same duty to different people"),
    "organisation": _("Which organisation is meant?"),
    "identifier": _("The identifier belongs to another organisation"),
    "membership": _("The membership differs"),
    "owner": _("The repository belongs to another organisation"),
}
ANSWER_WORDS = {
    ("name", "keep"): _("The same person; the name we know stays"),
    ("name", "rename"): _("The same person; take the name of the file"),
    ("duty", "deputy"): _("Becomes deputy, in the next free place"),
    ("duty", "take_over"): _("Takes the duty over; the holder of today is ended"),
    ("duty", "leave"): _("Gets no duty; the rest of the row is applied"),
    ("duty_twice", "deputy"): _("Becomes deputy, in the next free place"),
    ("duty_twice", "leave"): _("Gets no duty; the rest of the row is applied"),
    ("identifier", "leave"): _("The identifier stays where it is; the rest of the row is applied"),
    ("membership", "leave"): _("The membership stays as it is; the rest of the row is applied"),
    ("owner", "leave"): _("The owner stays; the rest of the row is applied"),
}
SKIPPED = _("The row is not imported")


@dataclass(frozen=True)
class Known:
    """What the row differs from."""

    text: str
    url: str


@dataclass(frozen=True)
class AskedRow:
    row: ImportRow
    cells: list[tuple[str, str]]
    known: Known | None
    answers: list[tuple[str, str]]


def decisions(request, pk):
    """Questions with their rows; a POST keeps the answers and tests the file with them."""
    run = get_object_or_404(ImportRun.objects.select_related("file"), pk=pk)
    if request.method == "POST":
        try:
            decide(
                run=run, every_row=_every_row(request.POST), rows=_rows(request.POST),
                seen=_number(request.POST.get("seen", "")), actor=Actor.user(request.user),
                on=today(),
            )  # fmt: skip
        except RollcallError as error:
            messages.error(request, str(error))
            return redirect("admin:import_decisions", run.pk)
        messages.success(request, _t("Decided. The file is tested with your answers."))
        return redirect("admin:contacts_importrun_change", run.pk)
    asked = open_questions(run, SHOWN) if run.state == ImportState.TESTED else []
    names = _names(asked)
    return staff_page(
        request,
        "contacts/import_decisions.html",
        title=_t("Decisions"),
        context={"run": run, "asked": [_block(item, names) for item in asked], "shown": SHOWN},
    )


def _every_row(post) -> dict[str, str]:
    return {question: post.get(f"all-{question}", "") for question in ANSWERS}


def _rows(post) -> dict[int, str]:
    marked = {key.removeprefix("row-"): value for key, value in post.items() if key[:4] == "row-"}
    numbers = {_number(key): value for key, value in marked.items()}
    return {number: value for number, value in numbers.items() if number >= 0}


def _number(value: str) -> int:
    """-1 for what is no number of a row, and for one that no column could hold."""
    return int(value) if value.isdecimal() and len(value) < 10 else -1


def _names(asked: list[Asked]) -> dict[str, str]:
    """Words for ``contact:12`` and ``organisation:12``, as far as they are still there."""
    rows = [row for item in asked for row in item.rows]
    keys = {key for row in rows for key in (row.known, *row.choices)}
    organisations = Organisation.objects.filter(pk__in={key_in(key) for key in keys})
    contacts = Contact.objects.filter(pk__in={key_in(key, "contact") for key in keys})
    return {
        **{
            f"organisation:{row.pk}": f"{row.name} ({row.country})" if row.country else row.name
            for row in organisations
        },
        **{f"contact:{row.pk}": str(row) for row in contacts},
    }


def _block(item: Asked, names: dict[str, str]) -> dict[str, object]:
    common = [(answer, _words(item.question, answer)) for answer in ANSWERS[item.question]]
    return {
        "question": item.question,
        "title": TITLES[item.question],
        "count": item.count,
        "more": item.count - len(item.rows),
        "every_row": common if item.for_every_row else [],
        "rows": [
            AskedRow(
                row,
                [(name, value) for name, value in row.cells.items() if value],
                _known(row.known, names),
                [*((choice, names.get(choice, choice)) for choice in row.choices), *common],
            )
            for row in item.rows
        ],
    }


def _known(key: str, names: dict[str, str]) -> Known | None:
    if key not in names:
        return None
    kind, _colon, pk = key.partition(":")
    return Known(names[key], reverse(f"admin:contacts_{kind}_change", args=[pk]))


def _words(question: str, answer: str) -> str:
    return str(ANSWER_WORDS.get((question, answer), SKIPPED))


IMPORT_DECISIONS = StaffPage(
    "imports/<uuid:pk>/decide/", "import_decisions", "contacts.add_importrun", decisions
)
