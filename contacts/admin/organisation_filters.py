"""Filters of the organisation list that ask for a day: the one in the address, else today."""

from __future__ import annotations

from datetime import date

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import DayCount, day_of_list, with_query
from backoffice.core.dates import today
from contacts.models import MemberType, Organisation

STANDINGS = (
    ("members", _("Members")),
    ("good", _("In good standing")),
    ("suspended", _("Suspended")),
    ("voting", _("With a vote")),
    ("none", _("Not a member")),
)


def shown_day(request: HttpRequest) -> date:
    """The day in the address, else today; the list itself refuses what is no day."""
    try:
        return day_of_list(request) or today()
    except ValueError:
        return today()


def standing_rows(rows, standing: str, *, on: date):
    """The organisations of ``rows`` that have this standing on the day."""
    members = Organisation.objects.members(on=on).values("pk")
    if standing == "none":
        return rows.exclude(pk__in=members)
    wanted = {
        "members": members,
        "good": Organisation.objects.in_good_standing(on=on).values("pk"),
        "suspended": Organisation.objects.members(on=on).suspended(on=on).values("pk"),
        "voting": Organisation.objects.voting(on=on).values("pk"),
    }
    return rows.filter(pk__in=wanted[standing])


class StandingFilter(admin.SimpleListFilter):
    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return STANDINGS

    def queryset(self, request, queryset):
        chosen = self.value()
        if not chosen:
            return queryset
        if chosen not in dict(STANDINGS):
            raise IncorrectLookupParameters(chosen)
        return standing_rows(queryset, chosen, on=shown_day(request))


class MemberTypeFilter(admin.SimpleListFilter):
    title = _("member type")
    parameter_name = "member_type"

    def lookups(self, request, model_admin):
        return MemberType.objects.order_by("label").values_list("code", "label")

    def queryset(self, request, queryset):
        chosen = self.value()
        if not chosen:
            return queryset
        of_type = Organisation.objects.of_type(chosen, on=shown_day(request))
        return queryset.filter(pk__in=of_type.values("pk"))


def standing_counts(request: HttpRequest, day: date) -> list[DayCount]:
    """How many organisations of the whole roll have each standing on the day; one query each."""
    current = Organisation.objects.all()
    return [
        DayCount(
            str(words), standing_rows(current, code, on=day).count(),
            with_query(request, standing=code),
        )
        for code, words in STANDINGS
        if code != "none"
    ]  # fmt: skip
