"""The map of the roll's fields, and how to find a person's rows in it."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from backoffice.core.mentions import rows_naming
from backoffice.core.personal_data import FINDERS, Finder, Keep, Personal, Subject, declare

WHO = Personal("identity", "membership administration", "6(1)(b)", "contact_end", "blank")
# Derived from the name, for search.
FOLDED = Personal("identity", "membership administration", "6(1)(b)", "contact_end", "blank",
                  exported=False)  # fmt: skip
MAIL = Personal("address", "writing to the holder of a duty", "6(1)(b)", "contact_end", "null")
PHONE = Personal("address", "calling the holder of a duty", "6(1)(b)", "contact_end", "blank")
ORIGIN = Personal("technical", "source of the data (Art. 14)", "6(1)(c)", "contact_end", "blank")
FREE = Personal("free_text", "notes of staff on their work", "6(1)(f)", "contact_end", "delete_row")
PROPOSED = Personal("identity", "naming a successor", "6(1)(b)", "proposal_end", "blank")
APPLICANT = Personal("identity", "membership application", "6(1)(b)", "application_end", "blank")
IMPORTED = Personal(
    "technical", "taking an import back", "6(1)(f)", "import_end", "empty_json", exported=False
)


def declare_contacts() -> None:
    declare("contacts.Agency", none=["preset", "activation", "late_notice"])
    declare(
        "contacts.MembershipAct",
        none=["kind", "facts", "actor"],
        personal={
            "reason": Personal(
                "free_text", "membership administration", "6(1)(b)", "contact_end", "blank"
            )
        },
    )
    declare("contacts.RepositoryHolding", none=[])
    declare("contacts.Tag", none=["name"])
    declare(
        "contacts.Organisation",
        none=[
            "name",
            "display_name",
            "name_folded",
            "country",
            "region",
            "organisation_type",
            "focus_area",
            "business_status",
            "website",
            "group_email",
            "description",
            "language",
            "source",
        ],
    )
    declare("contacts.OtherName", none=["kind", "name", "language", "name_folded"])
    declare("contacts.Identifier", none=["kind", "value"])
    declare(
        "contacts.OrganisationAddress",
        none=[
            "kind",
            "recipient",
            "department",
            "street",
            "post_code",
            "city",
            "state_code",
            "country",
        ],
    )
    declare(
        "contacts.Repository",
        none=[
            "symbol",
            "name",
            "name_folded",
            "url",
            "client_type",
            "system_email",
            "description",
            "salesforce_id",
        ],
    )
    declare(
        "contacts.Contact",
        none=["kind", "language"],
        personal={
            "given_name": WHO,
            "family_name": WHO,
            "name_folded": FOLDED,
            "phone": PHONE,
            "source": ORIGIN,
            "external_uid": ORIGIN,
        },
    )
    declare("contacts.ContactAddress", none=["hold_state"], personal={"address": MAIL})
    declare("contacts.RoleType", none=["code", "label", "label_de", "receives"])
    declare("contacts.MemberType", none=["code", "label", "label_de", "led_by"])
    declare("contacts.DutyRule", none=["kind", "parameter"])
    declare("contacts.RoleAssignment", none=["source", "unreachable_reason", "end_reason"])
    declare("contacts.Membership", none=["end_reason", "source"])
    declare("contacts.Suspension", none=["reason", "note"])
    declare("contacts.OrganisationLink", none=["kind", "source"])
    declare_applications()
    declare("contacts.Note", personal={"text": FREE})
    declare("contacts.AttachedFile", personal={"title": FREE})
    declare(
        "contacts.FollowUp",
        none=["code", "about"],
        personal={
            "title": Personal("free_text", "tasks of staff", "6(1)(f)", "contact_end", "blank"),
            "details": Personal("free_text", "tasks of staff", "6(1)(f)", "contact_end", "blank"),
        },
    )
    declare(
        "contacts.HandOver",
        none=["token_hash", "state", "about"],
        personal=dict.fromkeys(("given_name", "family_name", "email", "refusal_reason"), PROPOSED),
    )
    declare("contacts.ConfirmationRound", none=[])
    declare(
        "contacts.ContactConfirmation",
        none=["token_hash", "state"],
        personal={
            "changes": Personal(
                "identity",
                "yearly confirmation of contacts",
                "6(1)(b)",
                "proposal_end",
                "empty_json",
            ),
            "refusal_reason": PROPOSED,
        },
    )
    declare("contacts.DuplicatePair", none=["kind", "reasons", "state"])
    declare(
        "contacts.ImportRun",
        none=["kind", "file_sha256", "dialect", "mapping", "options", "state", "plan_sha256"],
    )
    declare(
        "contacts.ImportRow",
        none=["outcome", "question", "known", "choices"],
        personal={
            "reason": Personal(
                "technical",
                "result of an import row",
                "6(1)(f)",
                "import_end",
                "blank",
                exported=False,
            ),
            "journal": IMPORTED,
            "cells": IMPORTED,
        },
    )
    declare("contacts.SavedMapping", none=["kind", "header_sha256", "mapping"])


def declare_applications() -> None:
    people = Personal(
        "identity", "membership application", "6(1)(b)", "application_end", "empty_json"
    )
    words = (
        "organisation_name parent_name organisation_type country website ror_id street post_code"
    )
    words += " city state_code billing_address vat_id tax_number lead_name content_types language"
    words += " terms_version confirm_token_hash state revenue_band refusal_reason"
    words += " withdrawal_reason agreement_version agreement_text agreement_sha256"
    words += " signing_token_hash"
    personal = (
        "applicant_given_name applicant_family_name applicant_position applicant_email message"
        " signed_by signer_position sanctions_note duplicates_note affiliates_note review_notes"
    )
    declare(
        "contacts.MembershipApplication",
        none=words.split(),
        personal={"contacts": people, **dict.fromkeys(personal.split(), APPLICANT)},
    )
    declare("contacts.AgreementText", none=["version", "language", "body", "sha256"])


def _by_contact(label: str):
    from django.apps import apps

    model = apps.get_model(label)

    def rows(subject: Subject):
        # Without a known contact nothing may match: NULL would find every row of nobody.
        if subject.contact_id is None:
            return model._base_manager.none()
        return model._base_manager.filter(contact_id=subject.contact_id)

    return rows


def _contact_rows(subject: Subject):
    from contacts.models import Contact

    if subject.contact_id is None:
        return Contact._base_manager.none()
    # Records merged into the person's are the person's too.
    return Contact._base_manager.filter(
        Q(pk=subject.contact_id) | Q(merged_into=subject.contact_id)
    )


def _notes(subject: Subject):
    """The person's own notes, and notes on organisations that name them; versions included."""
    from contacts.models import Note

    return rows_naming(Note, ["text"], subject, also=_own(subject))


def _acts(subject: Subject):
    """Acts whose reason names the person."""
    from contacts.models import MembershipAct

    return rows_naming(MembershipAct, ["reason"], subject)


def _own(subject: Subject) -> Q:
    return Q(pk__in=[]) if subject.contact_id is None else Q(contact_id=subject.contact_id)


def _follow_ups(subject: Subject):
    from contacts.models import FollowUp

    return rows_naming(FollowUp, ["title", "details"], subject, also=_own(subject))


def _handovers(subject: Subject):
    from contacts.models import HandOver

    named = Q(pk__in=[])
    for address in subject.addresses:
        named |= Q(email__iexact=address)
    if subject.contact_id is not None:
        named |= Q(asked_contact_id=subject.contact_id)
    return HandOver.objects.filter(named)


def _import_rows(subject: Subject):
    """Rows whose journal, cells or result name the person."""
    from contacts.models import ImportRow

    return rows_naming(ImportRow, ["journal", "cells", "reason"], subject)


def _confirmations(subject: Subject):
    from contacts.models import ContactConfirmation

    named = Q(pk__in=[])
    if subject.contact_id is not None:
        named |= Q(asked_contact_id=subject.contact_id)
    for address in subject.addresses:
        named |= Q(changes__icontains=address)
    return ContactConfirmation.objects.filter(named)


def _applications(subject: Subject):
    from contacts.models import MembershipApplication

    named = Q(pk__in=[])
    for address in subject.addresses:
        named |= Q(contacts__icontains=address) | Q(applicant_email__iexact=address)
    return MembershipApplication.objects.filter(named)


def _keep_agreement(row, on: date) -> Keep | None:
    if row.signed_on is None:
        return None
    return Keep(date(row.signed_on.year + 7, 1, 1), "HGB_257_1_2")


def register_finders() -> None:
    FINDERS.add("contacts.contact", Finder("contacts.Contact", _contact_rows))
    FINDERS.add("contacts.note", Finder("contacts.Note", _notes))
    FINDERS.add("contacts.membershipact", Finder("contacts.MembershipAct", _acts))
    FINDERS.add("contacts.followup", Finder("contacts.FollowUp", _follow_ups))
    for label in ("ContactAddress", "AttachedFile"):
        FINDERS.add(f"contacts.{label.lower()}",
                    Finder(f"contacts.{label}", _by_contact(f"contacts.{label}")))  # fmt: skip
    FINDERS.add("contacts.handover", Finder("contacts.HandOver", _handovers))
    FINDERS.add("contacts.importrow", Finder("contacts.ImportRow", _import_rows))
    FINDERS.add("contacts.confirmation", Finder("contacts.ContactConfirmation", _confirmations))
    FINDERS.add(
        "contacts.application",
        Finder("contacts.MembershipApplication", _applications, keep=_keep_agreement),
    )
