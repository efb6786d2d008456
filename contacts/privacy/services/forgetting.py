"""Erases one person by the map, without a case: after a restore, and when the time is over."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import StoredDocument, User
from backoffice.core.personal_data import Subject
from backoffice.core.services import documents
from contacts.privacy.enums import PlanAction
from contacts.privacy.services.closing import close_contact, close_login, end_duties
from contacts.privacy.services.erase import erase_item
from contacts.privacy.services.planning import Decisions, make_plan


def forget_login(user: User) -> None:
    """A login without a contact: closed, its addresses and traces gone. Repeatable."""
    subject = Subject(user_id=user.pk)
    plan = make_plan(subject, on=dates.today())
    with transaction.atomic():
        close_login(subject)
        for item in plan:
            erase_item(item.finder, item.model, item.action, list(item.row_ids))


def forget_person(
    subject: Subject, *, on: date, actor: Actor, decisions: Decisions | None = None
) -> int:
    """Erases what no law, rule or decision keeps; files that only staff can judge stay. Not inside
    a transaction: files go first, then all rows at once. Repeatable.

    Returns: how many rows and files were treated.
    """
    plan = make_plan(subject, on=on, decisions=decisions)
    for item in plan:
        if item.action == PlanAction.DELETE_FILE:
            for document in StoredDocument.objects.filter(pk__in=item.row_ids):
                documents.delete_bytes(document)
    with transaction.atomic():
        end_duties(subject, on=on, actor=actor)
        for item in plan:
            erase_item(item.finder, item.model, item.action, list(item.row_ids))
        close_login(subject)
        close_contact(subject, actor=actor)
    return sum(
        len(item.row_ids)
        for item in plan
        if item.action not in (PlanAction.KEEP, PlanAction.DECIDE)
    )
