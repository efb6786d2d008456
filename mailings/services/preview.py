"""A mail as one person would see it, with a link that opens nothing."""

from __future__ import annotations

from email import message_from_bytes, policy

from backoffice.core import dates
from backoffice.core.errors import BadInput
from backoffice.delivery.services.compose import UNSUBSCRIBE, Frame, compile_message, issuer_on
from contacts.models import Contact
from mailings.content import ContentError
from mailings.models import Mailing
from mailings.services.messages import filled, message_of, people_of, values_for
from mailings.services.testing import SAMPLE

CLIPPED_AT = 100_000  # bytes of HTML; large providers cut longer mails off, footer included


def preview_page(mailing: Mailing, contact: Contact | None, language: str) -> dict[str, object]:
    """``subject``, ``html``, ``text``, ``size`` and ``clipped`` for a person or a sample one.

    Raises: BadInput for broken content.
    """
    language = contact.language if contact is not None else language
    try:
        message, rendered = message_of(mailing, language)
    except ContentError as error:
        raise BadInput(str(error)) from error
    person = SAMPLE
    if contact is not None:
        person = people_of({contact.pk}, set(rendered.fields) | {"given_name"})[contact.pk]
    frame = Frame(issuer_on(dates.now()), language, mailing.mail_class, True, False)
    template = compile_message(filled(message, values_for(person, language)), frame)
    raw = template.render(headers={}, values={UNSUBSCRIBE: "https://example.org/preview"})
    parsed = message_from_bytes(raw, policy=policy.default)
    html = parsed.get_body(("html",)).get_content()  # type: ignore[union-attr]
    size = len(html.encode())
    return {
        "subject": str(parsed["Subject"]),
        "html": html,
        "text": parsed.get_body(("plain",)).get_content(),  # type: ignore[union-attr]
        "size": size,
        "clipped": size > CLIPPED_AT,
    }
