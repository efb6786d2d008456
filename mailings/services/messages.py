"""Builds the mails of a mailing: compiled once per language, values joined per recipient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.core import dates
from backoffice.delivery.mime import OPEN, Template
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Merge, Message, MessageKind
from backoffice.delivery.services.compose import Frame, compile_message, issuer_on
from contacts.models import Contact, RoleAssignment
from mailings.content import Rendered, render_content
from mailings.enums import LegalBasis
from mailings.models import Mailing, Topic


@dataclass(frozen=True)
class Person:
    """What the merge fields are made from."""

    given_name: str
    family_name: str
    organisations: tuple[str, ...]
    duties: tuple[str, ...]


NOBODY = Person("", "", (), ())
_compiled: dict[tuple[object, ...], tuple[Template, frozenset[str]]] = {}


def mailing_kind() -> MessageKind:
    """The kind under which mailings are delivered."""
    return MessageKind(build=build_single, automatic=False, one_click=True, batch=batch)


def text_of(mailing: Mailing, language: str) -> tuple[str, dict[str, str]]:
    """Language actually used and the frozen text; a draft's own text before the start."""
    texts = mailing.frozen.get("texts") or {
        "en-gb": {"subject": mailing.subject, "body": mailing.body},
        **(
            {"de": {"subject": mailing.subject_de, "body": mailing.body_de}}
            if mailing.body_de
            else {}
        ),
    }
    wanted = "de" if language.startswith("de") and "de" in texts else "en-gb"
    return wanted, texts[wanted]


def headers_of(mailing: Mailing) -> dict[str, str]:
    """List headers of a topic (RFC 2919, RFC 2369) and the feedback id of the mailing."""
    domain = settings.ROLLCALL_INBOUND_DOMAIN
    sender = domain.replace(".", "")[:15].ljust(5, "x")
    headers = {
        "Feedback-ID": f"{mailing.pk}:{mailing.mail_class}:rollcall:{sender}",
        "List-Post": "NO",
        "List-Help": f"<{settings.ROLLCALL_BASE_URL}/news/>",
    }
    topic = mailing.topic
    code = topic.code if topic else mailing.mail_class
    name = "".join(c for c in (topic.name if topic else code) if c.isascii() and c not in '<>"\\')
    headers["List-Id"] = f'"{name}" <{code}.lists.{domain}>'
    if topic is not None and topic.public:
        headers["List-Archive"] = f"<{settings.ROLLCALL_BASE_URL}/news/{topic.code}/>"
        headers["List-Subscribe"] = f"<{settings.ROLLCALL_BASE_URL}/news/subscribe/>"
    return headers


def why(mailing: Mailing) -> str:
    """One sentence: why this person gets it, in the active language."""
    asked_for = mailing.topic is not None and mailing.topic.legal_basis == LegalBasis.CONSENT
    if mailing.topic is not None and (asked_for or mailing.segment is None):
        return _("You get this mail because you subscribed to “%(topic)s”.") % {
            "topic": mailing.topic.local_name
        }
    return _("You get this mail because you hold a duty for your organisation.")


def message_of(mailing: Mailing, language: str) -> tuple[Message, Rendered]:
    """The message in one language with its merge fields open."""
    used, text = text_of(mailing, language)
    rendered = render_content(text["subject"], text["body"])
    with translation.override(used):
        reason = why(mailing)
    message = Message(
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        why=reason,
        reply_to=mailing.reply_to,
        headers=headers_of(mailing),
    )
    return message, rendered


def compiled(mailing: Mailing, language: str) -> tuple[Template, frozenset[str]]:
    """The compiled mail of one language; kept per process, content is frozen."""
    used, _text = text_of(mailing, language)
    key = (mailing.pk, used, mailing.content_hash, mailing.started_at)
    if key not in _compiled or not mailing.content_hash:
        message, rendered = message_of(mailing, used)
        frame = Frame(issuer_on(dates.now()), used, mailing.mail_class, True, False)
        if len(_compiled) > 20:
            _compiled.clear()
        _compiled[key] = compile_message(message, frame), rendered.fields
    return _compiled[key]


def batch(deliveries: Sequence[Delivery]) -> dict[int, Merge]:
    """Template and values for each of the claimed rows; a handful of queries for all."""
    mailings = {
        mailing.pk: mailing
        for mailing in Mailing.objects.filter(
            pk__in={row.mailing_ref for row in deliveries}
        ).select_related("topic", "segment")
    }
    needed: set[str] = set()
    plans = {}
    for row in deliveries:
        mailing = mailings.get(row.mailing_ref or 0)
        if mailing is not None:
            template, fields = compiled(mailing, row.language)
            plans[row.pk] = template
            needed |= fields
    people = people_of({row.contact_ref for row in deliveries if row.contact_ref}, needed)
    return {
        row.pk: Merge(
            plans[row.pk], values_for(people.get(row.contact_ref or 0, NOBODY), row.language)
        )
        for row in deliveries
        if row.pk in plans
    }


def people_of(contact_ids: set[int], needed: set[str]) -> dict[int, Person]:
    """Names, and organisations and duties where a text asks for them."""
    if not needed or not contact_ids:
        return {}
    rows: dict[int, tuple[list[str], list[str]]] = {}
    if needed & {"organisations", "duties"}:
        duties = RoleAssignment.objects.open(on=dates.today()).filter(contact__in=contact_ids)
        for contact_id, name, shown, label in duties.order_by("organisation__name").values_list(
            "contact_id", "organisation__name", "organisation__display_name", "role_type__label"
        ):
            names, labels = rows.setdefault(contact_id, ([], []))
            names.append(shown or name)
            labels.append(label)
    names_of = Contact.objects.filter(pk__in=contact_ids).values_list(
        "pk", "given_name", "family_name"
    )
    return {
        pk: Person(
            given,
            family,
            tuple(dict.fromkeys(rows.get(pk, ([], []))[0])),
            tuple(dict.fromkeys(rows.get(pk, ([], []))[1])),
        )
        for pk, given, family in names_of
    }


def values_for(person: Person, language: str) -> dict[str, str]:
    """The value of every merge field; none is ever empty in a way that breaks a sentence."""
    full = f"{person.given_name} {person.family_name}".strip()
    german = language.startswith("de")
    if full:
        greeting = f"Guten Tag {full}," if german else f"Dear {full},"
    else:
        greeting = "Guten Tag," if german else "Hello,"
    return {
        "greeting": greeting,
        "given_name": person.given_name or full or ("Sie" if german else "there"),
        "family_name": person.family_name or full,
        "full_name": full or ("Mitglied" if german else "member"),
        "organisations": _joined(person.organisations, german),
        "duties": _joined(person.duties, german),
    }


def _joined(words: tuple[str, ...], german: bool) -> str:
    if not words:
        return "Ihre Organisation" if german else "your organisation"
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {'und' if german else 'and'} {words[-1]}"


def build_single(delivery: Delivery, secret: Callable[[str], str]) -> Message:
    """One mail by itself: the slow way, when the compiled one is not at hand."""
    mailing = Mailing.objects.select_related("topic", "segment").get(pk=delivery.mailing_ref or 0)
    message, rendered = message_of(mailing, delivery.language)
    ids = {delivery.contact_ref} if delivery.contact_ref else set()
    person = people_of(ids, set(rendered.fields)).get(delivery.contact_ref or 0, NOBODY)
    return filled(message, values_for(person, delivery.language))


def filled(message: Message, values: dict[str, str]) -> Message:
    """The message with its merge fields closed, html escaped."""
    from dataclasses import replace

    from django.utils.html import escape

    def put(text: str, clean: Callable[[str], str]) -> str:
        for name, value in values.items():
            text = text.replace(f"{OPEN}{name}\ue001", clean(value))
        return text

    return replace(
        message,
        subject=put(message.subject, str),
        text=put(message.text, str),
        html=put(message.html, lambda value: str(escape(value))),
    )


def topic_label(code: str) -> str:
    """A topic's name in the active language; empty when there is none of that code."""
    topic = Topic.objects.filter(code=code).first()
    return topic.local_name if topic else ""
