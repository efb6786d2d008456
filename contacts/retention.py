"""How long the roll keeps what came in from outside. People themselves: ``contacts.privacy``."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.core.retention import RETENTION, RetentionRule, Sweep, before, instant_before
from contacts.enums import ApplicationState, ReviewState
from contacts.models import (
    ContactConfirmation,
    HandOver,
    ImportRow,
    Membership,
    MembershipApplication,
)
from contacts.services.applications import UNCONFIRMED_DAYS, drop_unconfirmed, unconfirmed

PROPOSAL_MONTHS, APPLICATION_MONTHS, LETTER_YEARS = 12, 24, 6
WAITING = (ReviewState.ASKED, ReviewState.ANSWERED)


def journals_over(day: date) -> QuerySet:
    """Rows of imports whose journal is past its day."""
    over = ImportRow.objects.filter(run__journal_expires_on__lte=day)
    return over.exclude(journal=[], cells={}, reason="")


def empty_journals(rows: QuerySet) -> int:
    return rows.update(journal=[], cells={}, reason="")


def _hand_overs(day: date) -> QuerySet:
    settled = HandOver.objects.exclude(state__in=WAITING)
    return settled.filter(asked_on__lt=before(day, months=PROPOSAL_MONTHS)).exclude(
        given_name="", family_name="", email=""
    )


def _confirmations(day: date) -> QuerySet:
    settled = ContactConfirmation.objects.exclude(state__in=WAITING)
    return settled.filter(decided_on__lt=before(day, months=PROPOSAL_MONTHS)).exclude(changes=[])


def _applications(day: date) -> QuerySet:
    """Those that led nowhere; signed ones six years after the end of the year, once the
    organisation is no member any more."""
    nowhere = Q(
        state__in=[ApplicationState.DECLINED, ApplicationState.WITHDRAWN], signed_on__isnull=True,
        applied_at__date__lt=before(day, months=APPLICATION_MONTHS),
    )  # fmt: skip
    members = Membership.objects.filter(valid_until__isnull=True).values("organisation")
    signed = Q(signed_on__lt=date(day.year - LETTER_YEARS, 1, 1)) & ~Q(organisation__in=members)
    return MembershipApplication.objects.filter(nowhere | signed).exclude(
        contacts=[], signed_by="", review_notes=""
    )


def _unconfirmed(day: date) -> QuerySet:
    return unconfirmed(before=instant_before(day, days=UNCONFIRMED_DAYS))


def register_rules() -> None:
    RETENTION.add("import_end", RetentionRule(
        _("30 days after the import"), _("journal, cells and results are emptied"),
        _("taking an import back"),
        (Sweep("contacts.ImportRow", journals_over, empty_journals),),
    ))  # fmt: skip
    RETENTION.add("proposal_end", RetentionRule(
        _("12 months after a hand-over or confirmation is settled"),
        _("names and addresses in the proposal are emptied"), _("naming a successor"),
        (Sweep("contacts.HandOver", _hand_overs),
         Sweep("contacts.ContactConfirmation", _confirmations)),
    ))  # fmt: skip
    RETENTION.add("application_end", RetentionRule(
        _("two weeks when nobody confirmed the address; 24 months when it led nowhere; six years "
          "after the end of the year when it was signed"),
        _("unconfirmed ones go with their versions; people in the others are emptied"),
        _("§ 257 HGB: business letters"),
        (Sweep("contacts.MembershipApplication", _unconfirmed, drop_unconfirmed, braked=False,
               part="unconfirmed"),
         Sweep("contacts.MembershipApplication", _applications)),
    ))  # fmt: skip
