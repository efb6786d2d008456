"""Retention of people, logins and cases: what ends when nothing needs it any more."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.retention import (
    RETENTION,
    RetentionRule,
    Sweep,
    before,
    instant_before,
    start_of,
)
from contacts.models import Contact, RoleAssignment
from contacts.privacy.enums import CaseState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.expiry import forget_addresses, forget_texts
from contacts.privacy.services.forgetting import forget_login, forget_person
from contacts.privacy.services.subjects import subject_of_contact
from contacts.registry import CONTACT_USES

CONTACT_MONTHS, ACCOUNT_MONTHS, ADDRESS_DAYS = 24, 24, 30


def contacts_over(day: date) -> QuerySet[Contact]:
    """People without a duty, a sign-in or another use for 24 months; restricted ones stay, because
    their data are kept at their wish (Art. 18 GDPR)."""
    edge = before(day, months=CONTACT_MONTHS)
    recent = RoleAssignment.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=edge))
    signed_in = User.objects.filter(Q(is_staff=True) | Q(last_login__gte=start_of(edge)))
    quiet = (
        Contact.objects.mailable()
        .filter(created_at__lt=start_of(edge), merged_into__isnull=True)
        .exclude(pk__in=recent.values("contact_id"))
        .exclude(user__in=signed_in)
        .exclude(privacy_cases__in=PrivacyCase.objects.exclude(state=CaseState.CLOSED))
    )
    ids = set(quiet.values_list("pk", flat=True))
    for _name, used in CONTACT_USES:
        ids -= used(ids)
    return Contact.objects.filter(pk__in=ids)


def forget_contacts(rows: QuerySet[Contact]) -> int:
    count = 0
    for contact in rows:
        forget_person(
            subject_of_contact(contact), on=dates.today(), actor=Actor.process("retention")
        )
        count += 1
    return count


def logins_over(day: date) -> QuerySet[User]:
    """Logins of no member of staff and no living contact that nobody used for 24 months."""
    edge = instant_before(day, months=ACCOUNT_MONTHS)
    return (
        User.objects.filter(is_staff=False, is_superuser=False)
        .annotate(seen=Coalesce(F("last_login"), F("date_joined")))
        .filter(seen__lt=edge)
        .filter(Q(contact__isnull=True) | Q(contact__erased_at__isnull=False))
        .exclude(email__endswith="@removed.invalid")
    )


def forget_logins(rows: QuerySet[User]) -> int:
    count = 0
    for user in rows:
        forget_login(user)
        count += 1
    return count


def texts_over(day: date) -> QuerySet[PrivacyCase]:
    return PrivacyCase.objects.filter(raw_text_until__lte=day)


def addresses_over(day: date) -> QuerySet[PrivacyCase]:
    return PrivacyCase.objects.filter(
        state=CaseState.CLOSED, address__isnull=False,
        closed_at__lt=instant_before(day, days=ADDRESS_DAYS),
    )  # fmt: skip


def register_rules() -> None:
    RETENTION.add("contact_end", RetentionRule(
        _("24 months after the last duty, sign-in, subscription or office"),
        _("the person is erased by the map, in every version"),
        _("nothing needs the data any more (Art. 5 (1) (e) GDPR)"),
        (Sweep("contacts.Contact", contacts_over, forget_contacts,
               among=lambda: Contact.objects.living()),),
    ))  # fmt: skip
    RETENTION.add("account_end", RetentionRule(
        _("with the contact; a login without one 24 months after its last sign-in"),
        _("closed and emptied"), _("sign-in"),
        (Sweep("core.User", logins_over, forget_logins),),
    ))  # fmt: skip
    RETENTION.add("case_end", RetentionRule(
        _("texts 90 days; the address 30 days after the case is closed"),
        _("emptied, with the messages of the case; the case itself stays as proof"),
        _("Art. 5 (2) GDPR: proof of the answer"),
        (Sweep("privacy.PrivacyCase", texts_over, forget_texts, part="text"),
         Sweep("privacy.PrivacyCase", addresses_over, forget_addresses)),
    ))  # fmt: skip
