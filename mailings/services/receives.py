"""What the holder of a duty gets from the mailings, for the duty cells of an organisation."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from backoffice.delivery.enums import MailClass
from contacts.models import RoleType
from contacts.services.mail_events import receives
from mailings.enums import LegalBasis
from mailings.models import Topic


def receives_words(role_code: str, language: str) -> list[str]:
    """Topics that come with the duty, and the notices of its classes."""
    role = RoleType.objects.filter(code=role_code).first()
    if role is None:
        return []
    classes = receives(role)
    with override(language):
        words = []
        if MailClass.GOVERNANCE in classes:
            words.append(_("notices of votes and meetings"))
        topics = Topic.objects.filter(active=True, mail_class__in=classes).exclude(
            legal_basis=LegalBasis.CONSENT
        )
        return words + [topic.local_name for topic in topics]
