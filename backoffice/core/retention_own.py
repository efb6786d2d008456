"""Retention of the kernel's own tables and of third-party ones."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.core.models import StoredDocument
from backoffice.core.models.documents import REMOVED_NAME
from backoffice.core.retention import (
    RETENTION,
    RetentionRule,
    Sweep,
    deleted,
    instant_before,
    start_of,
)
from backoffice.core.services import documents

ADMIN_LOG_MONTHS = 24


def _sessions(day: date) -> QuerySet:
    from django.contrib.sessions.models import Session

    return Session.objects.filter(expire_date__lt=start_of(day))


def _admin_log(day: date) -> QuerySet:
    from django.contrib.admin.models import LogEntry

    old = Q(action_time__lt=instant_before(day, months=ADMIN_LOG_MONTHS))
    return LogEntry.objects.filter(old).exclude(object_repr="", change_message="")


def _files(day: date) -> QuerySet:
    return StoredDocument.objects.filter(delete_after__lte=day, state="stored").exclude(
        file_name__startswith=REMOVED_NAME
    )


def _with_an_end() -> QuerySet:
    return StoredDocument.objects.filter(delete_after__isnull=False)


def _delete_files(rows: QuerySet) -> int:
    count = 0
    for document in rows:
        documents.delete_bytes(document)
        count += 1
    return count


def register_kernel_rules() -> None:
    RETENTION.add("session_end", RetentionRule(
        _("until the session ends (two weeks without a visit)"), _("the session is deleted"),
        _("protection of accounts"), (Sweep("sessions.Session", _sessions, deleted, braked=False),),
    ))  # fmt: skip
    RETENTION.add("document_end", RetentionRule(
        _("until the day that was set when the file was stored: imports 30 days, exports 7 to 14 days"),
        _("the file is deleted; its hash stays"), _("purpose of the file"),
        (Sweep("core.StoredDocument", _files, _delete_files, among=_with_an_end, braked=False),),
    ))  # fmt: skip
    RETENTION.add("admin_log", RetentionRule(
        _("24 months after the change"), _("names and values are emptied; who and when stay"),
        _("who changed what"), (Sweep("admin.LogEntry", _admin_log),),
    ))  # fmt: skip
