"""The roll's own part in a merge."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from contacts.merge_lists import CONTACTS, ORGANISATIONS
from contacts.models import Organisation
from contacts.registry import MergePolicy, MergeStep
from contacts.services.merge_people import contact_refusals, contact_steps, mail_steps
from contacts.services.merge_steps import organisation_steps

DEEPEST = 20


def steps(kind: str, loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    if kind == "contact":
        return contact_steps(loser_id, winner_id, on, actor)
    return organisation_steps(loser_id, winner_id, on, actor) + mail_steps(loser_id, winner_id)


def refuses(kind: str, loser_id: int, winner_id: int) -> list[str]:
    """A record cannot take over one that it stands below through others: the tree would close."""
    if kind == "contact":
        return contact_refusals(loser_id, winner_id)
    parent = Organisation.objects.values_list("parent_id", flat=True).get(pk=winner_id)
    for _step in range(DEEPEST):
        if parent is None:
            return []
        above = Organisation.objects.values_list("parent_id", flat=True).get(pk=parent)
        if above == loser_id:
            return [_("The record that stays is part of the other through a third one.")]
        parent = above
    return []


ROLL = MergePolicy((*ORGANISATIONS, *CONTACTS), refuses, steps)
