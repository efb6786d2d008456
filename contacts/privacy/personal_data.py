"""The map of the desk's own models, and of logins, sessions and the admin log."""

from __future__ import annotations

from django.db.models import Q

from backoffice.core.personal_data import FINDERS, Finder, Keep, Personal, Subject, declare

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
            "plan_sha256",
            "scan_findings",
        ],
        personal={"address": ASKED, "raw_text": ASKED, "extension_reason": ASKED},
    )
    declare(
        "privacy.PlanItem",
        none=["finder", "model", "category", "action", "basis", "law", "row_ids"],
    )
    declare("privacy.Processor", none=["code", "name", "purpose", "checklist"])
    declare("privacy.ProcessorTask", none=["state", "evidence"])
    declare("privacy.ErasureJournal", none=["case_reference", "address_hashes"])


def _user_rows(label: str, field: str = "user_id"):
    def rows(subject: Subject):
        from django.apps import apps

        return apps.get_model(label)._base_manager.filter(**{field: subject.user_id or 0})

    return rows


def _admin_log(subject: Subject):
    """Entries about the person's own rows, and any that quote an address or the full name."""
    from django.contrib.admin.models import LogEntry

    named = Q(content_type__app_label="contacts", content_type__model="contact",
              object_id=str(subject.contact_id))  # fmt: skip
    if subject.user_id:
        named |= Q(content_type__app_label="core", content_type__model="user",
                   object_id=str(subject.user_id))  # fmt: skip
    for address in subject.addresses:
        named |= Q(object_repr__icontains=address) | Q(change_message__icontains=address)
    for given, family in subject.names:
        if given and family:
            named |= Q(object_repr__icontains=f"{given} {family}")
    return LogEntry.objects.filter(named)


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
