from contacts.models.agency import Agency
from contacts.models.applications import AgreementText, MembershipApplication
from contacts.models.duties import DutyRule, MemberType, RoleAssignment, RoleType
from contacts.models.imports import ImportRow, ImportRun, SavedMapping
from contacts.models.membership import (
    Membership,
    MembershipAct,
    OrganisationLink,
    Suspension,
)
from contacts.models.organisations import (
    Identifier,
    Organisation,
    OrganisationAddress,
    OtherName,
    Repository,
    RepositoryHolding,
    Tag,
)
from contacts.models.people import Contact, ContactAddress
from contacts.models.records import AttachedFile, FollowUp, HandOver, Note
from contacts.models.review import ConfirmationRound, ContactConfirmation, DuplicatePair

__all__ = [
    "Agency",
    "AgreementText",
    "AttachedFile",
    "ConfirmationRound",
    "Contact",
    "ContactAddress",
    "ContactConfirmation",
    "DuplicatePair",
    "DutyRule",
    "FollowUp",
    "HandOver",
    "Identifier",
    "ImportRow",
    "ImportRun",
    "MemberType",
    "Membership",
    "MembershipAct",
    "MembershipApplication",
    "Note",
    "Organisation",
    "OrganisationAddress",
    "OrganisationLink",
    "OtherName",
    "Repository",
    "RepositoryHolding",
    "RoleAssignment",
    "RoleType",
    "SavedMapping",
    "Suspension",
    "Tag",
]
