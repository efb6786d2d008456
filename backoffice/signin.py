"""Rules of sign-in that allauth leaves to the project, and the audit of staff's sign-ins."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput
from backoffice.core.models import User
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services.direct import CLASS_HEADER
from contacts.enums import ContactKind
from contacts.services.people import find_contact


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Logins are made by staff or by a contact's mailed code, never by signing up."""
        return False

    def render_mail(self, template_prefix, email, context, headers=None):
        """A sign-in mail answers the person's own act: it passes every suppression."""
        marked = {**(headers or {}), CLASS_HEADER: MailClass.ANSWER}
        return super().render_mail(template_prefix, email, context, headers=marked)

    def pre_login(self, request, user, **kwargs):
        """A login that staff made is known by its address: staff vouch for it, once."""
        if user.is_staff and not EmailAddress.objects.filter(user=user).exists():
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return super().pre_login(request, user, **kwargs)


@receiver(user_logged_in)
def record_sign_in(sender, request, user: User, **kwargs) -> None:
    """Staff only: a contact's sign-ins are nobody's business."""
    if user.is_staff:
        audit.record("sign-in", "signed_in", actor=Actor.user(user), subject=user)


@receiver(user_login_failed)
def record_failure(sender, credentials, request=None, **kwargs) -> None:
    """The attempt is recorded without the address that was tried."""
    audit.record("sign-in", "failed", actor=Actor.link("sign-in"))


def ensure_contact_login(address: str) -> User | None:
    """The login of a living contact who holds the address; made at first use, never for staff."""
    try:
        contact = find_contact(address)
    except BadInput:
        return None
    if contact is None or contact.erased_at or contact.kind != ContactKind.PERSON:
        return None
    if contact.user is not None:
        return contact.user
    normal = normalise_address(address)
    with transaction.atomic():
        if User.objects.filter(email=normal).exists():
            return None
        user = User.objects.create_user(normal, name=contact.full_name, language=contact.language)
        EmailAddress.objects.create(user=user, email=normal, verified=True, primary=True)
        guarded_update(
            contact, expect={"user": None}, set={"user": user}, actor=Actor.link("sign-in")
        )
        audit.record("sign-in", "login_made", actor=Actor.link("sign-in"), subject=contact)
    return user
