"""Lists of what is dated, as of any day: the day stands in the address, in the counts and in the export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, QueryDict
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_shim import display
from backoffice.core.dates import last_day, today

AS_OF = "as_of"


def day_of_list(request: HttpRequest) -> date | None:
    """The day of ``?as_of=2024-12-31``; None when the list is of no particular day.

    Raises: ValueError for anything that is no day.
    """
    text = request.GET.get(AS_OF, "").strip()
    if not text:
        return None
    day = parse_date(text)
    if day is None:
        raise ValueError(text)
    return day


class AsOfFilter(admin.ListFilter):
    """Keeps the day in the address. Shown at the head of the list, not among the filters."""

    title = _("as of")
    template = "admin/as_of_filter.html"

    def __init__(self, request, params, model, model_admin) -> None:
        super().__init__(request, params, model, model_admin)
        self.model_admin = model_admin
        value = params.pop(AS_OF, None)
        self.used_parameters = {AS_OF: value[-1]} if value else {}
        self.day = day_of_list(request)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [AS_OF]

    def choices(self, changelist) -> Iterator[dict[str, Any]]:
        return iter(())

    def queryset(self, request, queryset):
        return queryset if self.day is None else self.model_admin.as_of_rows(queryset, self.day)


@dataclass(frozen=True)
class DayCount:
    """How many rows of the list have one value on that day, and the address that lists them."""

    label: str
    count: int
    query: str


class DatedListMixin:
    """``as_of_rows`` says which rows of the list hold on a day, ``count_by`` what they are counted by:
    (field with the words, parameter of the list's own filter, field with its value)."""

    change_list_template = "admin/dated_change_list.html"
    count_by: tuple[str, str, str] | None = None

    def as_of_rows(self, rows: QuerySet, day: date) -> QuerySet:
        """Rows whose half-open span ``[valid_from, valid_until)`` holds the day."""
        return rows.open(on=day)  # type: ignore[attr-defined]

    @display(description=_("last day"), ordering="valid_until")
    def last_day(self, row) -> str:
        """People read the last day of a span; the row holds the first day after it."""
        last = last_day(row.valid_until)
        return date_format(last) if last else "–"

    def day_counts(self, request: HttpRequest, rows: QuerySet, day: date) -> list[DayCount]:
        """The counts shown above the list, of the rows that it holds; one query."""
        if self.count_by is None:
            return []
        words, parameter, value = self.count_by
        found = rows.order_by().values_list(words, value).annotate(n=Count("pk")).order_by(words)
        known = self._words(rows, words)
        return [
            DayCount(known.get(text, str(text)), n, with_query(request, **{parameter: key}))
            for text, key, n in found
        ]

    def _words(self, rows: QuerySet, name: str) -> dict[object, str]:
        choices = None if "__" in name else rows.model._meta.get_field(name).choices  # type: ignore[union-attr]
        return {code: str(words) for code, words in choices or ()}

    def get_list_filter(self, request: HttpRequest):
        return (AsOfFilter, *super().get_list_filter(request))  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context=None):
        try:
            day = day_of_list(request)
        except ValueError:
            messages.error(request, _t("“%(text)s” is no day; write it as 2024-12-31.")
                           % {"text": request.GET[AS_OF][:40]})  # fmt: skip
            return redirect(f"{request.path}?{with_query(request, as_of='')}")
        extra = {
            **(extra_context or {}),
            "as_of": day,
            "as_of_value": day or today(),
            "as_of_others": [(key, value) for key, values in request.GET.lists()
                             for value in values if key not in (AS_OF, "p", "view")],
            "today_query": with_query(request, as_of=""),
        }  # fmt: skip
        response = super().changelist_view(request, extra)  # type: ignore[misc]
        context = getattr(response, "context_data", None)
        if day is not None and context and "cl" in context:
            context["day_counts"] = self.day_counts(request, context["cl"].queryset, day)
        return response


def with_query(request: HttpRequest, **values: object) -> str:
    """The list's own query with these parameters set, an empty one taken out, from its first page."""
    query: QueryDict = request.GET.copy()
    query.pop("p", None)
    for name, value in values.items():
        query.pop(name, None)
        if value != "":
            query[name] = str(value)
    return query.urlencode()
