"""Which preset this installation has, and the groups of staff with their rights."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from contacts.models import Agency, Membership

VIEW, CHANGE, ADD = "view", "change", "add"
# Group → app label → "all", "view", or a list of codenames.
GROUPS: dict[str, dict[str, str | list[str]]] = {
    "membership": {"contacts": "all", "sync": "all", "billing": "view", "mailings": "view", "delivery": "view",
                   "governance": "view", "core": ["view_jobrun", "view_storeddocument"]},
    "finance": {"contacts": "view", "billing": "all", "delivery": "view",
                "core": ["view_jobrun", "view_storeddocument", "view_issuer", "change_issuer",
                         "view_numberseries", "add_savedview", "view_savedview",
                         "change_savedview", "delete_savedview"]},
    "communications": {"contacts": "view", "mailings": "all", "delivery": "all",
                       "core": ["view_jobrun"]},
    "returning": {"contacts": "view", "governance": "all", "delivery": "view",
                  "core": ["view_jobrun", "view_storeddocument", "view_auditevent"]},
    "privacy officer": {"privacy": "all", "sync": "view", "contacts": "view", "delivery": "view",
                        "mailings": "view", "core": ["view_auditevent", "view_jobrun",
                                                     "view_storeddocument"]},
    "auditor": {"contacts": "view", "sync": "view", "billing": "view", "governance": "view", "mailings": "view",
                "delivery": "view", "privacy": "view", "core": "view"},
    "administrator": {"contacts": "all", "sync": "all", "billing": "all", "governance": "all", "mailings": "all",
                      "delivery": "all", "privacy": "all", "core": "all", "auth": "all"},
}  # fmt: skip


def load_groups(preset: str, actor: Actor, on: date) -> None:
    """Creates the staff groups and sets their rights; staff's own groups are left alone."""
    with transaction.atomic():
        for name, rights in GROUPS.items():
            group, _created = Group.objects.get_or_create(name=name)
            group.permissions.set(_permissions(rights))


def _permissions(rights: dict[str, str | list[str]]) -> list[Permission]:
    found: list[Permission] = []
    for app, what in rights.items():
        own = Permission.objects.filter(content_type__app_label=app)
        if what == VIEW:
            own = own.filter(codename__startswith="view_")
        elif isinstance(what, list):
            own = own.filter(codename__in=what)
        found += list(own)
    return found


def refuse_other_agency(preset: str) -> None:
    """Raises: RuleBroken when another preset is loaded and real data exist."""
    agency = Agency.objects.first()
    if agency and agency.preset != preset and Membership.objects.exists():
        raise RuleBroken(
            f"This installation serves the preset {agency.preset!r} and already holds memberships; "
            f"{preset!r} needs an installation of its own."
        )
