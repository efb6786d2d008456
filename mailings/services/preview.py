"""A mail as one person would see it, with links that open nothing."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

from django.utils.timezone import localdate

from backoffice.core.errors import BadInput
from backoffice.delivery.services.compose import (
    PREFERENCES,
    UNSUBSCRIBE,
    GateClosedError,
    compile_message,
)
from contacts.models import Contact
from mailings.content import ContentError
from mailings.lint import CLIPPED_AT, remarks_on
from mailings.models import Mailing, Subscription
from mailings.services.messages import filled, frame_of, merge_values, message_of, text_of
from mailings.services.people import SAMPLE, Person, people_of

DUMMY = "https://example.org/preview"


def preview_page(mailing: Mailing, contact: Contact | None, language: str) -> dict[str, object]:
    """``subject``, ``html``, ``text``, ``size``, ``clipped`` and ``remarks`` for a person or a
    sample one.

    Raises: BadInput for broken content.
    """
    used, _text = text_of(mailing, contact.language if contact is not None else language)
    try:
        message, rendered = message_of(mailing, used)
        person = SAMPLE if contact is None else person_of(mailing, contact)
        ready = filled(message, merge_values(mailing, person, used, rendered))
        template = compile_message(ready, frame_of(mailing, used))
    except ContentError as error:
        raise BadInput(str(error)) from error
    except GateClosedError as error:
        raise BadInput(f"This mail would not leave: {error}.") from error
    raw = template.render(headers={}, values={UNSUBSCRIBE: DUMMY, PREFERENCES: DUMMY})
    parsed = message_from_bytes(raw, policy=policy.default)
    html = parsed.get_body(("html",)).get_content()  # type: ignore[union-attr]
    size = len(html.encode())
    return {
        "subject": str(parsed["Subject"]),
        "html": html,
        "text": parsed.get_body(("plain",)).get_content(),  # type: ignore[union-attr]
        "size": size,
        "clipped": size > CLIPPED_AT,
        "remarks": remarks_on(rendered.html),
    }


def person_of(mailing: Mailing, contact: Contact) -> Person:
    """The person as the mail would address them, with the subscription to its topic."""
    person = people_of({contact.pk})[contact.pk]
    found = (
        Subscription.objects.filter(topic=mailing.topic, contact=contact, state="active").first()
        if mailing.topic
        else None
    )
    if found is not None and found.confirmed_at is not None:
        return replace(person, subscribed_on=localdate(found.confirmed_at), origin=found.origin)
    return person
