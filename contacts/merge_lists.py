"""The roll's own list for merges: which rows follow, which stay, which need more than moving."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.registry import Relation

ORGANISATIONS = (
    Relation("contacts.RoleAssignment", "organisation", "own"),
    Relation("contacts.Membership", "organisation", "own"),
    Relation("contacts.Suspension", "organisation", "own"),
    Relation("contacts.OrganisationLink", "organisation", "own"),
    Relation("contacts.OrganisationLink", "lead", "own"),
    Relation("contacts.OrganisationAddress", "organisation", "own"),
    Relation("contacts.Organisation_tags", "organisation", unless_same=("tag",)),
    Relation("contacts.Organisation", "parent", "own"),
    Relation("contacts.Organisation", "merged_into"),
    Relation("contacts.OtherName", "organisation", unless_same=("kind", "name"),
             why=_("the record that stays has this name already")),
    Relation("contacts.Identifier", "organisation"),
    Relation("contacts.Repository", "organisation"),
    Relation("contacts.MembershipApplication", "organisation"),
    Relation("contacts.MembershipApplication", "lead"),
    Relation("contacts.Note", "organisation"),
    Relation("contacts.AttachedFile", "organisation"),
    Relation("contacts.FollowUp", "organisation", unless_same=("code", "about"),
             clash={"done_at__isnull": True, "code__gt": ""},
             why=_("the same task is open on the record that stays")),
    Relation("contacts.MembershipAct", "organisation", "leave",
             why=_("an act stays with the record it was about")),
    Relation("contacts.RepositoryHolding", "organisation", "leave",
             why=_("who held a repository earlier does not change")),
    Relation("contacts.HandOver", "organisation", unless_same=("role_type", "order"),
             clash={"state__in": ["asked", "answered"]},
             why=_("the record that stays was asked for the same duty")),
    Relation("contacts.ContactConfirmation", "organisation", unless_same=("round",),
             why=_("the record that stays was asked in the same round")),
)  # fmt: skip

CONTACTS = (
    Relation("contacts.RoleAssignment", "contact", "own"),
    Relation("contacts.ContactAddress", "contact", "own"),
    Relation("contacts.Contact_tags", "contact", unless_same=("tag",)),
    Relation("contacts.Contact", "merged_into"),
    Relation("contacts.Note", "contact"),
    Relation("contacts.AttachedFile", "contact"),
    Relation("contacts.FollowUp", "contact"),
    Relation("contacts.HandOver", "asked_contact"),
    Relation("contacts.ContactConfirmation", "asked_contact"),
)
