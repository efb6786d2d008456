"""What an erasure ends: duties, the login, the contact's own row."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.personal_data import Subject
from contacts.models import Contact
from contacts.services.duties import end_duty, required_roles
from contacts.services.records import open_follow_up


def end_duties(subject: Subject, *, on: date, actor: Actor) -> None:
    """Open duties end; a required one that is now vacant becomes a task, never a block."""
    if subject.contact_id is None:
        return
    contact = Contact.objects.get(pk=subject.contact_id)
    for duty in contact.duties.not_ended().select_related("role_type", "organisation"):
        end_duty(assignment=duty, on=on, actor=actor, reason="removed")
        if duty.role_type in required_roles(duty.organisation, on=on):
            open_follow_up(
                code="vacant_duty", title=f"{duty.role_type}: name a successor",
                about=f"contacts.roletype:{duty.role_type_id}", organisation=duty.organisation,
                actor=actor,
            )  # fmt: skip


def close_login(subject: Subject) -> None:
    if subject.user_id is not None:
        user = User.objects.filter(pk=subject.user_id).first()
        if user is not None:
            user.set_unusable_password()
            User.objects.filter(pk=user.pk).update(is_active=False, password=user.password)


def close_contact(subject: Subject, *, actor: Actor) -> None:
    if subject.contact_id is None:
        return
    contact = Contact.objects.get(pk=subject.contact_id)
    contact.tags.clear()
    Contact.objects.filter(Q(pk=contact.pk) | Q(merged_into=contact.pk)).update(
        erased_at=dates.now(), subject_key=None, user=None, language="en-gb"
    )
