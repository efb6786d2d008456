"""Who a mail is for: names, duties, subscriptions; the values of merge fields made from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from backoffice.core import dates
from backoffice.delivery.models import Delivery
from contacts.models import Contact, RoleAssignment, RoleType
from contacts.services.mail_events import receives
from mailings.enums import Origin, SubscriptionState
from mailings.models import Subscription, Topic

# So many duties are named in the reason of a mail; more are counted.
NAMED_DUTIES = 3


@dataclass(frozen=True, slots=True)
class Duty:
    """One open duty, in words; ``classes`` of mail it receives."""

    organisation: str
    organisation_id: int
    label: str
    label_de: str
    since: date
    classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Person:
    """What the merge fields and the reason of a mail are made from."""

    given_name: str = ""
    family_name: str = ""
    duties: tuple[Duty, ...] = ()
    subscribed_on: date | None = None
    origin: str = Origin.OWN

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def at(self, organisation_id: int | None) -> Person:
        """The same person with the duties at one organisation only, when one is named."""
        if organisation_id is None:
            return self
        return replace(
            self, duties=tuple(d for d in self.duties if d.organisation_id == organisation_id)
        )


NOBODY = Person()
SAMPLE = Person(
    "Zoë",
    "O’Neill-Ångström",
    (
        Duty("Example University", 0, "Voting", "Stimmrecht", date(2024, 1, 1),
             frozenset({"governance", "contract", "service", "community"})),
        Duty("Example Press", 0, "Voting", "Stimmrecht", date(2025, 7, 1),
             frozenset({"governance", "contract", "service", "community"})),
    ),
    date(2025, 5, 3),
)  # fmt: skip


def people_of(contact_ids: Collection[int]) -> dict[int, Person]:
    """Names and open duties of contacts, in two queries."""
    if not contact_ids:
        return {}
    duties: dict[int, list[Duty]] = {}
    roles = {role.pk: role for role in RoleType.objects.all()}
    rows = RoleAssignment.objects.open(on=dates.today()).filter(contact__in=contact_ids)
    for contact_id, role_id, organisation_id, name, shown, since in rows.order_by(
        "organisation__name", "pk"
    ).values_list(
        "contact_id", "role_type_id", "organisation_id", "organisation__name",
        "organisation__display_name", "valid_from",
    ):  # fmt: skip
        role = roles[role_id]
        duties.setdefault(contact_id, []).append(
            Duty(
                shown or name,
                organisation_id,
                role.label,
                role.label_de or role.label,
                since,
                frozenset(receives(role)),
            )
        )
    names = Contact.objects.filter(pk__in=contact_ids).values_list(
        "pk", "given_name", "family_name"
    )
    return {pk: Person(given, family, tuple(duties.get(pk, ()))) for pk, given, family in names}


def recipients_of(rows: Iterable[Delivery], topics: Collection[str]) -> dict[int, Person]:
    """Delivery id → the person behind it, with the subscription that the topic rests on."""
    rows = list(rows)
    people = people_of({row.contact_ref for row in rows if row.contact_ref})
    subscribed: dict[tuple[str, str], tuple[date, str]] = {}
    if topics:
        found = Subscription.objects.filter(
            topic__code__in=topics,
            address__in={row.address for row in rows},
            state=SubscriptionState.ACTIVE,
        )
        for code, address, confirmed, origin in found.values_list(
            "topic__code", "address", "confirmed_at", "origin"
        ):
            if confirmed is not None:
                subscribed[code, address or ""] = (timezone.localdate(confirmed), origin)
    result = {}
    for row in rows:
        person = people.get(row.contact_ref or 0, NOBODY).at(row.organisation_ref)
        entry = subscribed.get((row.topic, row.address))
        if entry is not None:
            person = replace(person, subscribed_on=entry[0], origin=entry[1])
        result[row.pk] = person
    return result


def values_for(
    person: Person, language: str, defaults: Mapping[str, tuple[str, str]] | None = None
) -> dict[str, str]:
    """The value of every merge field; none is ever empty in a way that breaks a sentence.

    ``defaults``: the author's own texts for empty fields, by their key (content.Rendered).
    """
    given = raw_values(person, language)
    german = language.startswith("de")
    full = given["full_name"]
    values = {
        "greeting": given["greeting"] or ("Guten Tag," if german else "Hello,"),
        "given_name": given["given_name"] or full or ("Sie" if german else "there"),
        "family_name": given["family_name"] or full or ("Mitglied" if german else "member"),
        "full_name": full or ("Mitglied" if german else "member"),
        "organisations": given["organisations"]
        or ("Ihre Organisation" if german else "your organisation"),
        "duties": given["duties"] or ("Ihre Aufgaben" if german else "your duties"),
    }
    for key, (name, text) in (defaults or {}).items():
        values[key] = given[name] or text
    return values


def raw_values(person: Person, language: str) -> dict[str, str]:
    """The same fields, empty where nothing is known. Control characters and line breaks in stored
    names become blanks: a value can break neither a header nor a line."""
    german = language.startswith("de")
    full = _one_line(person.full_name)
    labels = [duty.label_de if german else duty.label for duty in person.duties]
    return {
        "greeting": (f"Guten Tag {full}," if german else f"Dear {full},") if full else "",
        "given_name": _one_line(person.given_name),
        "family_name": _one_line(person.family_name),
        "full_name": full,
        "organisations": _joined([duty.organisation for duty in person.duties], german),
        "duties": _joined(labels, german),
    }


def _one_line(text: str) -> str:
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in text)
    return " ".join(text.split())


def _joined(words: Iterable[str], german: bool) -> str:
    known = [_one_line(word) for word in dict.fromkeys(words)]
    if len(known) < 2:
        return "".join(known)
    return f"{', '.join(known[:-1])} {'und' if german else 'and'} {known[-1]}"


def why_topic(person: Person, topic: Topic) -> str:
    """Why a subscriber gets a mail and since when, in the active language."""
    name = {"topic": topic.local_name}
    if person.subscribed_on is None:
        return _("You get this mail because you subscribed to “%(topic)s”.") % name
    facts = {**name, "day": formats.date_format(person.subscribed_on, "DATE_FORMAT")}
    if person.origin == Origin.HELPDESK:
        return (
            _(
                "You get this mail because you wrote to our support; we added your address to "
                "“%(topic)s” on %(day)s."
            )
            % facts
        )
    if person.origin == Origin.STAFF:
        return (
            _(
                "You get this mail because you asked us for it; we added your address to “%(topic)s” "
                "on %(day)s."
            )
            % facts
        )
    if person.origin == Origin.IMPORT:
        return (
            _(
                "You get this mail because you subscribed to “%(topic)s” in the system we used before; "
                "your confirmation is of %(day)s."
            )
            % facts
        )
    return _("You get this mail because you subscribed to “%(topic)s” on %(day)s.") % facts


def why_duty(person: Person, mail_class: str, language: str) -> str:
    """Why the holder of a duty gets a mail and since when, in the active language."""
    duties = [duty for duty in person.duties if mail_class in duty.classes] or list(person.duties)
    if not duties:
        return _("You get this mail because you hold a duty for your organisation.")
    german = language.startswith("de")
    named = [
        _("%(duty)s for %(organisation)s since %(day)s")
        % {
            "duty": duty.label_de if german else duty.label,
            "organisation": _one_line(duty.organisation),
            "day": formats.date_format(duty.since, "DATE_FORMAT"),
        }
        for duty in duties[:NAMED_DUTIES]
    ]
    if len(duties) > NAMED_DUTIES:
        named.append(_("%(n)s more") % {"n": len(duties) - NAMED_DUTIES})
    return _("You get this mail because of your duty: %(duties)s.") % {"duties": "; ".join(named)}
