"""The roll on shared screens: dashboard tiles and palette."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.surfaces import Hit, PaletteSource, Tile
from contacts.board import count_gaps
from contacts.models import (
    Contact,
    ContactConfirmation,
    DuplicatePair,
    FollowUp,
    HandOver,
    ImportRun,
    MembershipApplication,
    Organisation,
    Repository,
)
from contacts.search import best_first, words_in


def _list(name: str, query: str = ""):
    return lambda: reverse(f"admin:contacts_{name}_changelist") + query


def find_organisations(text: str, limit: int) -> list[Hit]:
    """By name, other name, identifier, address of a contact, number of an invoice."""
    rows = best_first(Organisation.objects.current().matching(text), text)[:limit]
    return [
        Hit(str(row), row.country, reverse("admin:contacts_organisation_change", args=[row.pk]))
        for row in rows
    ]


def find_contacts(text: str, limit: int) -> list[Hit]:
    rows = Contact.objects.living().filter(merged_into__isnull=True).matching(text)
    found = best_first(rows, text).prefetch_related("addresses")[:limit]
    return [
        Hit(
            str(row),
            next((a.address for a in row.addresses.all() if not a.valid_until and a.address), ""),
            reverse("admin:contacts_contact_change", args=[row.pk]),
        )
        for row in found
    ]


def find_repositories(text: str, limit: int) -> list[Hit]:
    symbol = Q(symbol__istartswith=text.strip())
    rows = Repository.objects.filter(symbol | words_in("name_folded", text))[:limit]
    return [
        Hit(row.symbol, row.name, reverse("admin:contacts_repository_change", args=[row.pk]))
        for row in rows
    ]


TILES = {
    "duty gaps": Tile(
        _("Gaps on duties"), "contacts.view_roleassignment", lambda day: count_gaps(on=day),
        lambda: reverse("admin:duty_board"), "alarm", _("Every duty is held."), "person_alert",
    ),
    "applications": Tile(
        _("Applications to decide"), "contacts.view_membershipapplication",
        lambda day: MembershipApplication.objects.filter(
            state="applied", confirmed_at__isnull=False
        ).count(),
        _list("membershipapplication", "?state__exact=applied"), "attention",
        _("No application waits."), "approval_delegation",
    ),
    "signatures": Tile(
        _("Agreements to countersign"), "contacts.view_membershipapplication",
        lambda day: MembershipApplication.objects.filter(state="agreement_signed").count(),
        _list("membershipapplication", "?state__exact=agreement_signed"), "attention",
        _("No signature waits."), "signature",
    ),
    "tasks": Tile(
        _("Open tasks"), "contacts.view_followup",
        lambda day: FollowUp.objects.filter(done_at__isnull=True).count(),
        _list("followup", "?done_at__isempty=1"), "attention", _("Nothing is due."), "task_alt",
    ),
    "hand-overs": Tile(
        _("Hand-overs to approve"), "contacts.view_handover",
        lambda day: HandOver.objects.filter(state="answered").count(),
        _list("handover", "?state__exact=answered"), "attention", _("No answer waits."), "swap_horiz",
    ),
    "confirmations": Tile(
        _("Contact confirmations to approve"), "contacts.view_contactconfirmation",
        lambda day: ContactConfirmation.objects.filter(state="answered").count(),
        _list("contactconfirmation", "?state__exact=answered"), "attention",
        _("No answer waits."), "fact_check",
    ),
    "duplicates": Tile(
        _("Possible duplicates"), "contacts.view_duplicatepair",
        lambda day: DuplicatePair.objects.filter(state="open").count(),
        lambda: reverse("admin:duplicate_desk"), "attention", _("No pair to decide."),
        "content_copy",
    ),
    "imports": Tile(
        _("Imports tested, not applied"), "contacts.view_importrun",
        lambda day: ImportRun.objects.filter(state="tested", file__isnull=False).count(),
        lambda: reverse("admin:import_desk"), "attention", _("No import waits."), "upload_file",
    ),
}  # fmt: skip

PALETTE = {
    "organisations": PaletteSource(
        _("Organisation"), "contacts.view_organisation", find_organisations
    ),
    "contacts": PaletteSource(_("Contact"), "contacts.view_contact", find_contacts),
    "repositories": PaletteSource(_("Repository"), "contacts.view_repository", find_repositories),
}
