"""How likely two records are one: 0 to 100 points, with a reason for each part. Pure.

Points are evidence for and against. Two different ROR ids, or one body being part of the other, speak
strongly against: the registry of research organisations says that they are two.
"""

from __future__ import annotations

from dataclasses import dataclass

from contacts.duplicates.words import domain_of_host, left_over, likeness, numerals

# From here on a pair is shown to staff.
SHOWN_FROM = 50
SAME_NAME, SHORT_NAME, SIMILAR_NAME, CONTAINED_NAME = 60, 40, 50, 30
SAME_ACRONYM, RELATED_NAME, RELATED_FROM, ALIKE_FROM = 30, 10, 0.5, 0.82


@dataclass(frozen=True, slots=True)
class Reason:
    """``code`` is what is stored; its words are in :mod:`contacts.duplicates.reasons`."""

    code: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    points: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """``names``: token sets of legal, display and other names; ``shorts``: acronyms and initials."""

    pk: int
    names: tuple[tuple[str, ...], ...]
    shorts: frozenset[str] = frozenset()
    country: str = ""
    city: str = ""
    host: str = ""
    # How many organisations share the host: a ministry's site says little about its offices.
    host_shared: int = 1
    group_email: str = ""
    place: str = ""
    ror: str = ""
    parent: int | None = None
    people: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """``addresses``: all, also ended ones; ``organisations``: those the person has a duty for."""

    pk: int
    given: str = ""
    family: str = ""
    mailbox: bool = False
    addresses: frozenset[str] = frozenset()
    phone: str = ""
    uid: str = ""
    organisations: frozenset[int] = frozenset()


def total(reasons: list[Reason]) -> Score:
    points = max(0, min(100, sum(reason.points for reason in reasons)))
    return Score(points, tuple(reasons))


def score_organisations(a: OrganisationFacts, b: OrganisationFacts) -> Score:
    """Evidence that two organisations are one; symmetric."""
    reasons = _names(a, b) + _web(a, b) + _place(a, b)
    if a.group_email and a.group_email == b.group_email:
        reasons.append(Reason("same_group_email", 20))
    if a.people & b.people:
        reasons.append(Reason("shared_people", 10))
    if a.ror and b.ror and a.ror != b.ror:
        reasons.append(Reason("different_ror", -50))
    if a.parent == b.pk or b.parent == a.pk:
        reasons.append(Reason("part_of_the_other", -40))
    elif a.parent is not None and a.parent == b.parent:
        reasons.append(Reason("same_parent", -10))
    return total(reasons)


def _names(a: OrganisationFacts, b: OrganisationFacts) -> list[Reason]:
    shared = set(a.names) & set(b.names)
    if shared:
        long = any(len(name) > 1 or len("".join(name)) > 5 for name in shared)
        return [Reason("same_name", SAME_NAME) if long else Reason("same_short_name", SHORT_NAME)]
    found = {_two_names(left, right) for left in a.names for right in b.names}
    if "similar_name" in found:
        return [Reason("similar_name", SIMILAR_NAME)]
    if "name_contained" in found:
        return [Reason("name_contained", CONTAINED_NAME)]
    if a.shorts & b.shorts and (not a.country or not b.country or a.country == b.country):
        return [Reason("same_acronym", SAME_ACRONYM)]
    return [Reason("related_name", RELATED_NAME)] if "related_name" in found else []


def _two_names(left: tuple[str, ...], right: tuple[str, ...]) -> str:
    like = likeness(left, right)
    if like < RELATED_FROM:
        return ""
    ours, theirs = left_over(left, right)
    if numerals(left) == numerals(right):
        if not ours and not theirs:
            return "similar_name"
        short = ours if len(left) < len(right) else theirs
        if not short and min(len(left), len(right)) > 1 and len(ours) + len(theirs) < 3:
            return "name_contained"
    return "related_name"


def _web(a: OrganisationFacts, b: OrganisationFacts) -> list[Reason]:
    if not a.host or not b.host:
        return []
    if a.host == b.host:
        shared = max(a.host_shared, b.host_shared)
        points = 30 if shared <= 12 else 15 if shared <= 30 else 0
        return [Reason("same_website", points)] if points else []
    if domain_of_host(a.host) == domain_of_host(b.host):
        return [Reason("same_domain", 10)]
    return []


def _place(a: OrganisationFacts, b: OrganisationFacts) -> list[Reason]:
    reasons = []
    if a.country and b.country:
        same = a.country == b.country
        reasons.append(Reason("same_country", 10) if same else Reason("different_country", -40))
    if a.city and b.city:
        same = a.city == b.city
        reasons.append(Reason("same_city", 10) if same else Reason("different_city", -20))
    if a.place and a.place == b.place:
        reasons.append(Reason("same_address", 10))
    return reasons


def score_contacts(a: ContactFacts, b: ContactFacts) -> Score:
    """Evidence that two contacts are one human being, or one mailbox; symmetric."""
    reasons = []
    if a.addresses & b.addresses:
        reasons.append(Reason("same_address_once", 60))
    elif {plain_address(x) for x in a.addresses} & {plain_address(x) for x in b.addresses}:
        reasons.append(Reason("same_mailbox", 50))
    elif {x.partition("@")[0] for x in a.addresses} & {x.partition("@")[0] for x in b.addresses}:
        reasons.append(Reason("same_local_part", 15))
    reasons += _person(a, b)
    if a.organisations & b.organisations:
        reasons.append(Reason("same_organisation", 20))
    if a.phone and a.phone == b.phone:
        reasons.append(Reason("same_phone", 15))
    if a.uid and a.uid == b.uid:
        reasons.append(Reason("same_uid", 60))
    if a.mailbox != b.mailbox:
        reasons.append(Reason("person_and_mailbox", -60))
    ours = {domain_of_host(x.partition("@")[2]) for x in a.addresses}
    if ours & {domain_of_host(x.partition("@")[2]) for x in b.addresses}:
        reasons.append(Reason("same_mail_domain", 10))
    return total(reasons)


def _person(a: ContactFacts, b: ContactFacts) -> list[Reason]:
    mine, theirs = (a.given, a.family), (b.given, b.family)
    if not a.family or not b.family:
        return []
    if mine == theirs or mine == theirs[::-1]:
        return [Reason("same_person_name", 45 if a.given else 20)]
    if a.family == b.family:
        if a.given[:1] == b.given[:1] and 1 in (len(a.given.rstrip(".")), len(b.given.rstrip("."))):
            return [Reason("same_initial", 30)]
        words = (a.given.split(" "), b.given.split(" "))
        if words[0][0:1] and words[0][0] == words[1][0]:
            return [Reason("same_first_name", 35)]
        return [Reason("different_first_name", -20)] if a.given and b.given else []
    if likeness((a.given, a.family), (b.given, b.family)) >= ALIKE_FROM:
        return [Reason("similar_person_name", 30)]
    return [Reason("different_person_name", -40)]


def plain_address(address: str) -> str:
    """Without what follows a plus and without dots: only for likeness, never for identity."""
    local, _at, domain = address.partition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"
