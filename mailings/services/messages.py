"""Builds the mails of a mailing: compiled once per language, values joined per recipient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from django.conf import settings
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext_lazy

from backoffice.core import dates
from backoffice.core.errors import RuleBroken
from backoffice.delivery.mime import CLOSE, OPEN, Template, field
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Attachment, Merge, Message, MessageKind
from backoffice.delivery.services.compose import Frame, compile_message, issuer_on
from mailings.content import Rendered, render_content
from mailings.enums import LegalBasis
from mailings.models import Mailing, Topic
from mailings.services.attachments import parts_for
from mailings.services.people import (
    NOBODY,
    Person,
    recipients_of,
    values_for,
    why_duty,
    why_topic,
)
from mailings.services.recheck import recheck

WHY = "why"
_compiled: dict[tuple[object, ...], tuple[Template, Rendered]] = {}


def mailing_kind() -> MessageKind:
    """The kind under which mailings are delivered."""
    return MessageKind(
        build=build_single,
        automatic=False,
        one_click=True,
        batch=batch,
        recheck=recheck,
        title=gettext_lazy("Mailing"),
    )


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


def list_headers(code: str, name: str, number: str, mail_class: str) -> dict[str, str]:
    """List headers of what people may leave (RFC 2919, RFC 2369) and the feedback id."""
    domain = settings.ROLLCALL_INBOUND_DOMAIN
    sender = domain.replace(".", "")[:15].ljust(5, "x")
    plain = "".join(c for c in name if c.isascii() and c.isprintable() and c not in '<>"\\')
    return {
        "List-Id": f'"{plain.strip() or code}" <{code}.lists.{domain}>',
        "List-Post": "NO",
        "List-Help": f"<{settings.ROLLCALL_BASE_URL}/news/>",
        "Feedback-ID": f"{number}:{mail_class}:rollcall:{sender}",
    }


def headers_of(mailing: Mailing) -> dict[str, str]:
    """Headers of a mailing: the list is its topic, or its class when it has none."""
    topic = mailing.topic
    code = topic.code if topic else mailing.mail_class
    headers = list_headers(code, topic.name if topic else code, str(mailing.pk), mailing.mail_class)
    if topic is not None and topic.public:
        headers["List-Archive"] = f"<{settings.ROLLCALL_BASE_URL}/news/{topic.code}/>"
        headers["List-Subscribe"] = f"<{settings.ROLLCALL_BASE_URL}/news/subscribe/>"
    return headers


def why(mailing: Mailing, person: Person, language: str) -> str:
    """One sentence: why this person gets it, and since when."""
    topic = mailing.topic
    with translation.override(language):
        asked_for = topic is not None and topic.legal_basis == LegalBasis.CONSENT
        if topic is not None and (asked_for or mailing.segment is None or person.subscribed_on):
            return why_topic(person, topic)
        return why_duty(person, mailing.mail_class, language)


def message_of(mailing: Mailing, language: str) -> tuple[Message, Rendered]:
    """The message in one language with its merge fields open, the reason among them."""
    _used, text = text_of(mailing, language)
    rendered = render_content(text["subject"], text["body"])
    message = Message(
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        why=field(WHY),
        online=online_address(mailing),
        reply_to=mailing.reply_to,
        headers=headers_of(mailing),
    )
    return message, rendered


def online_address(mailing: Mailing) -> str:
    """Where anybody can read it, without a token; empty when it is not in a public archive."""
    topic = mailing.topic
    if topic is None or not topic.public or not mailing.in_archive or not mailing.pk:
        return ""
    return f"{settings.ROLLCALL_BASE_URL}/news/{topic.code}/{mailing.pk}/"


def frame_of(mailing: Mailing, language: str) -> Frame:
    """What surrounds every mail of the mailing."""
    return Frame(issuer_on(dates.now()), language, mailing.mail_class, True, False)


def merge_values(
    mailing: Mailing, person: Person, language: str, rendered: Rendered
) -> dict[str, str]:
    """All values of one recipient: the author's fields and the reason of the mail."""
    return {
        **values_for(person, language, rendered.defaults),
        WHY: why(mailing, person, language),
    }


def compiled(mailing: Mailing, language: str) -> tuple[Template, Rendered]:
    """The compiled mail of one language; kept per process, content is frozen."""
    used, _text = text_of(mailing, language)
    key = (mailing.pk, used, mailing.content_hash, mailing.started_at)
    if key not in _compiled or not mailing.content_hash:
        message, rendered = message_of(mailing, used)
        if len(_compiled) > 20:
            _compiled.clear()
        _compiled[key] = compile_message(message, frame_of(mailing, used)), rendered
    return _compiled[key]


def batch(deliveries: Sequence[Delivery]) -> dict[int, Merge]:
    """Template and values for each of the claimed rows; a handful of queries for all."""
    mailings = {
        mailing.pk: mailing
        for mailing in Mailing.objects.filter(
            pk__in={row.mailing_ref for row in deliveries}
        ).select_related("topic", "segment")
    }
    known = [row for row in deliveries if row.mailing_ref in mailings]
    people = recipients_of(known, {row.topic for row in known if row.topic})
    files, broken = parts_for(known)
    merges = {}
    for row in known:
        if row.pk in broken:
            # Without its file it must not leave: ``build_single`` says so.
            continue
        mailing = mailings[row.mailing_ref or 0]
        template, rendered = compiled(mailing, row.language)
        if row.pk in files:
            template = template.with_attachments(files[row.pk])
        used, _text = text_of(mailing, row.language)
        values = merge_values(mailing, people[row.pk], used, rendered)
        merges[row.pk] = Merge(template, values)
    return merges


def build_single(delivery: Delivery, secret: Callable[[str], str]) -> Message:
    """One mail by itself: the slow way, when the compiled one is not at hand."""
    mailing = Mailing.objects.select_related("topic", "segment").get(pk=delivery.mailing_ref or 0)
    used, _text = text_of(mailing, delivery.language)
    message, rendered = message_of(mailing, used)
    person = recipients_of([delivery], {delivery.topic} - {""})[delivery.pk]
    files, broken = parts_for([delivery])
    if broken:
        raise RuleBroken("The file of this organisation cannot be read.", code="file")
    attachments = tuple(
        Attachment(part.file_name, part.media_type, part.content)
        for part in files.get(delivery.pk, [])
    )
    message = replace(message, attachments=attachments)
    return filled(message, merge_values(mailing, person, used, rendered))


def filled(message: Message, values: Mapping[str, str]) -> Message:
    """The message with its merge fields closed, html escaped."""

    def put(text: str, clean: Callable[[str], str]) -> str:
        for name, value in values.items():
            text = text.replace(f"{OPEN}{name}{CLOSE}", clean(value))
        return text

    return replace(
        message,
        subject=put(message.subject, str),
        text=put(message.text, str),
        html=put(message.html, lambda value: str(escape(value))),
        why=put(message.why, str),
    )


def neutral(mailing: Mailing, language: str) -> Message:
    """The message as it stands in the archive: merged with nobody."""
    used, _text = text_of(mailing, language)
    message, rendered = message_of(mailing, used)
    return filled(message, merge_values(mailing, NOBODY, used, rendered))


def topic_label(code: str) -> str:
    """A topic's name in the active language; empty when there is none of that code."""
    topic = Topic.objects.filter(code=code).first()
    return topic.local_name if topic else ""
