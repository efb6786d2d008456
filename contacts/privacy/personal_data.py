"""The map of the desk's own models, and of logins, sessions and the admin log."""

from __future__ import annotations

from django.db.models import Q

from backoffice.core.mentions import rows_naming
from backoffice.core.personal_data import FINDERS, Finder, Keep, Personal, Subject, declare
from contacts.privacy.enums import PlanAction

ASKED = Personal(
    "communication", "answering the request", "6(1)(c)", "case_end", "keep", exported=True
)


def declare_privacy() -> None:
    declare(
        "privacy.PrivacyCase",
        none=[
            "reference",
            "kind",
            "channel",
            "state",
            "outcome",
            "address_hash",
            "language",
            "source_key",
            "identity_token_hash",
            "ground",
            "plan_sha256",
            "scan_findings",
            "suggested",
            "ticket",
        ],
        personal={"address": ASKED, "raw_text": ASKED, "extension_reason": ASKED},
    )
    declare(
        "privacy.PlanItem",
        none=["finder", "model", "category", "action", "basis", "law", "row_ids"],
    )
    declare("privacy.PlanDecision", none=["finder", "reason"])
    declare("privacy.Processor", none=["code", "name", "kind", "country", "purpose", "checklist"])
    declare("privacy.ProcessorTask", none=["state", "steps", "evidence"])
    declare("privacy.HelpdeskEvent", none=["event_key", "ticket", "result"])
    declare(
        "privacy.Breach",
        none=[
            "reference",
            "summary",
            "categories",
            "consequences",
            "measures",
            "authority_reference",
            "authority_reason",
            "people_reason",
        ],
    )
    declare("privacy.ProcessingRecord", none=["content_sha256"])
    declare("privacy.AccessExport", none=["decisions", "token_hash"])
    declare("privacy.LegalHold", none=["reason"])
    declare("privacy.RetentionRun", none=["key"])
    declare("privacy.RetentionCount", none=["rule", "model", "part"])
    declare("privacy.ErasureJournal", none=["case_reference", "address_hashes"])


def _user_rows(label: str, field: str = "user_id"):
    def rows(subject: Subject):
        from django.apps import apps

        return apps.get_model(label)._base_manager.filter(**{field: subject.user_id or 0})

    return rows


def _saved_views(subject: Subject):
    """Lists that staff filtered by the person."""
    from backoffice.core.models import SavedView

    return rows_naming(SavedView, ["query", "name"], subject)


def _admin_log(subject: Subject):
    """Entries about the person's own rows, and any that name the person."""
    from django.contrib.admin.models import LogEntry

    named = Q(content_type__app_label="contacts", content_type__model="contact",
              object_id=str(subject.contact_id))  # fmt: skip
    if subject.user_id:
        named |= Q(content_type__app_label="core", content_type__model="user",
                   object_id=str(subject.user_id))  # fmt: skip
    return rows_naming(LogEntry, ["object_repr", "change_message"], subject, also=named)


def _sessions(subject: Subject):
    """Sessions of the login; their content is encoded, so each is opened."""
    from django.contrib.sessions.models import Session

    if not subject.user_id:
        return Session.objects.none()
    mine = [
        session.pk
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(subject.user_id)
    ]
    return Session.objects.filter(pk__in=mine)


def _own_cases(subject: Subject):
    from backoffice.delivery.services import address_hash
    from contacts.privacy.models import PrivacyCase

    hashes = [address_hash(address) for address in subject.addresses]
    return PrivacyCase.objects.filter(address_hash__in=hashes)


def _keep_case(row, on) -> Keep:
    return Keep(None, "GDPR_5_2_accountability")


def register_finders() -> None:
    from contacts.privacy.services.stored_files import files_to_decide, files_to_drop

    for finder in (
        Finder("core.User", _user_rows("core.User", "pk")),
        Finder("account.EmailAddress", _user_rows("account.EmailAddress")),
        Finder("mfa.Authenticator", _user_rows("mfa.Authenticator")),
        Finder("usersessions.UserSession", _user_rows("usersessions.UserSession")),
        Finder("socialaccount.SocialAccount", _user_rows("socialaccount.SocialAccount")),
        Finder("sessions.Session", _sessions),
        Finder("admin.LogEntry", _admin_log),
        Finder("privacy.PrivacyCase", _own_cases, keep=_keep_case),
    ):
        FINDERS.add(finder.label.lower(), finder)
    FINDERS.add("privacy.dropped_files",
                Finder("core.StoredDocument", files_to_drop, action=PlanAction.DELETE_FILE))  # fmt: skip
    FINDERS.add("privacy.other_files",
                Finder("core.StoredDocument", files_to_decide, action=PlanAction.DECIDE))  # fmt: skip
    FINDERS.add("core.savedview", Finder("core.SavedView", _saved_views))
