"""Whether a mailing may start: its text, its audience, the mail set-up, and what somebody must have
seen first. The same checks stand on the preview page and in the way of the start."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.core.errors import BadInput, RuleBroken
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services.compose import GateClosedError, compile_message
from backoffice.delivery.services.mail_check import problems_now
from contacts.models import Contact, Organisation
from mailings.content import ContentError, Rendered
from mailings.enums import FollowUp, MailingState
from mailings.lint import remarks_on
from mailings.models import Mailing
from mailings.services.audience import Candidate, candidates
from mailings.services.messages import frame_of, message_of
from mailings.services.notice import unreached_members
from mailings.services.people import people_of, raw_values

CHUNK = 2000
NAMED = 5
# With fewer contacts than this "everybody" is nothing to wonder about.
EVERYBODY_FROM = 50


@dataclass(frozen=True)
class Acknowledged:
    """What the operator has seen: the number of voting members that are not reached, why the mail
    check is passed over, and that the mailing goes to everybody."""

    unreached: int = 0
    doctor: str = ""
    everybody: bool = False


@dataclass(frozen=True)
class Readiness:
    """The answers. ``red``: problems of the mail set-up that hold a mailing of this size back."""

    texts: dict[str, dict[str, str]]
    people: list[Candidate]
    unreached: list[Organisation]
    red: list[str]
    everybody: bool
    needs_approval: bool
    rendered: list[Rendered] = field(default_factory=list)

    @property
    def reach(self) -> int:
        return sum(1 for person in self.people if not person.reason)


def check_content(mailing: Mailing) -> dict[str, dict[str, str]]:
    """The texts per language, compiled once to find every fault before the first hand-off.

    Raises: BadInput with the sentence for the author.
    """
    return _compiled_once(mailing)[0]


def _compiled_once(mailing: Mailing) -> tuple[dict[str, dict[str, str]], list[Rendered]]:
    texts = {"en-gb": {"subject": mailing.subject, "body": mailing.body}}
    if mailing.subject_de or mailing.body_de:
        texts["de"] = {"subject": mailing.subject_de, "body": mailing.body_de}
    found = []
    for language in texts:
        try:
            message, rendered = message_of(mailing, language)
            compile_message(message, frame_of(mailing, language))
        except ContentError as error:
            raise BadInput(str(error), where=language) from error
        except GateClosedError as error:
            raise BadInput(
                _("The text holds something that must not be in a mail: %(code)s.")
                % {"code": str(error)},
                where=language,
            ) from error
        blocking = [remark.text for remark in remarks_on(rendered.html) if remark.blocks]
        if blocking:
            raise BadInput(" ".join(blocking), where=language)
        found.append(rendered)
    return texts, found


def check_class(mailing: Mailing) -> None:
    """The class must be one of a mailing, and that of its topic: a newsletter sent as a notice of
    votes would pass by those who left it.

    Raises: BadInput.
    """
    if mailing.mail_class == MailClass.ANSWER:
        raise BadInput(_("A mailing cannot be an answer."), where="mail_class")
    if mailing.topic is not None and mailing.topic.mail_class != mailing.mail_class:
        raise BadInput(
            _("Mail of the topic “%(topic)s” has the class “%(class)s”.")
            % {"topic": mailing.topic, "class": mailing.topic.get_mail_class_display()},
            where="mail_class",
        )


def readiness(mailing: Mailing, *, on: date, at: datetime) -> Readiness:
    """Everything that is asked before a start, without writing anything.

    Raises: BadInput for what no acknowledgement helps: a faulty text, a wrong class, an audience of
    nobody, a person without a value that the text needs.
    """
    check_class(mailing)
    texts, rendered = _compiled_once(mailing)
    people = list(candidates(mailing, on=on))
    reach = sum(1 for person in people if not person.reason)
    if reach == 0:
        raise BadInput(_("This mailing would reach nobody."), code="nobody")
    _check_values(people, rendered)
    return Readiness(
        texts=texts,
        people=people,
        unreached=unreached(mailing, people, on=on),
        red=problems_now(at=at) if reach > settings.ROLLCALL_DOCTOR_FROM else [],
        everybody=_is_everybody(mailing, people),
        needs_approval=(
            reach > settings.ROLLCALL_FOUR_EYES and mailing.state != MailingState.APPROVED
        ),
        rendered=rendered,
    )


def unreached(mailing: Mailing, people: list[Candidate], *, on: date) -> list[Organisation]:
    """Voting members that a mailing to the voters does not reach; none for any other mailing."""
    if mailing.mail_class != MailClass.GOVERNANCE or mailing.topic is not None:
        return []
    if mailing.follow_kind == FollowUp.MISSING and mailing.follows is not None:
        # Those who got the first one are reached.
        people = [
            Candidate(p.contact_id, p.address, p.language, "" if p.reason == "got_it" else p.reason)
            for p in people
        ]
    return list(unreached_members(mailing, on=on, people=people))


def _is_everybody(mailing: Mailing, people: list[Candidate]) -> bool:
    """Whether a segment names every living contact: a slip more often than a wish."""
    if mailing.segment is None or mailing.follow_kind or len(people) < EVERYBODY_FROM:
        return False
    return len({person.contact_id for person in people}) >= Contact.objects.living().count()


def _check_values(people: list[Candidate], rendered: list[Rendered]) -> None:
    """Every recipient has a value for each field that the author marked as required.

    Raises: BadInput naming the field and the first people without it.
    """
    required = {name for text in rendered for name in text.required}
    if not required:
        return
    going = iter([person for person in people if not person.reason])
    lacking: dict[str, list[int]] = {name: [] for name in required}
    while chunk := list(islice(going, CHUNK)):
        known = people_of({person.contact_id for person in chunk if person.contact_id})
        for person in chunk:
            found = known.get(person.contact_id or 0)
            values = raw_values(found, person.language) if found else {}
            for name in required:
                if not values.get(name):
                    lacking[name].append(person.contact_id or 0)
    for name, ids in lacking.items():
        if ids:
            who = Contact.objects.filter(pk__in=ids[:NAMED])
            raise BadInput(
                _("%(n)s recipients have no value for {{ %(field)s }}: %(who)s.")
                % {
                    "n": len(ids),
                    "field": name,
                    "who": ", ".join(str(person) for person in who) or _("subscribers"),
                },
                code="value_missing",
            )


def require(ready: Readiness, seen: Acknowledged) -> None:
    """Raises: RuleBroken for the first thing that nobody has acknowledged or approved."""
    if ready.needs_approval:
        raise RuleBroken(
            _(
                "%(n)s people would get it: more than %(most)s needs the approval of a second person."
            )
            % {"n": ready.reach, "most": settings.ROLLCALL_FOUR_EYES},
            code="four_eyes",
        )
    if ready.unreached and seen.unreached != len(ready.unreached):
        raise RuleBroken(
            _("%(n)s voting members would not be reached; look at the list and acknowledge it.")
            % {"n": len(ready.unreached)},
            code="unreached",
        )
    if ready.everybody and not seen.everybody:
        raise RuleBroken(
            _("This mailing goes to every contact there is; say that it is meant so."),
            code="everybody",
        )
    if ready.red and not seen.doctor.strip():
        raise RuleBroken(
            _("The mail check is red: %(what)s. Mend it, or say why it should start all the same.")
            % {"what": "; ".join(ready.red[:3])},
            code="doctor",
        )
