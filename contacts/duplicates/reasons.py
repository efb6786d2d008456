"""The reasons of a score in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "same_name": _("same name"),
    "same_short_name": _("same short name"),
    "similar_name": _("names differ by spelling only"),
    "name_contained": _("one name is part of the other"),
    "same_acronym": _("same acronym"),
    "related_name": _("names are alike"),
    "same_website": _("same web site"),
    "same_domain": _("same web domain"),
    "same_country": _("same country"),
    "different_country": _("different countries"),
    "same_city": _("same city"),
    "different_city": _("different cities"),
    "same_address": _("same street and post code"),
    "same_group_email": _("same group address"),
    "shared_people": _("the same people hold duties"),
    "different_ror": _("two different ROR ids"),
    "part_of_the_other": _("one is part of the other"),
    "same_parent": _("both are part of the same organisation"),
    "same_address_once": _("the same e-mail address, now or before"),
    "same_mailbox": _("e-mail addresses differ only after a plus or by dots"),
    "same_local_part": _("the same part before the @"),
    "same_person_name": _("same name of the person"),
    "same_initial": _("same family name and initial"),
    "same_first_name": _("same family name and first given name"),
    "similar_person_name": _("names of the person differ by spelling only"),
    "different_first_name": _("different given names"),
    "different_person_name": _("different names of the person"),
    "same_organisation": _("duties for the same organisation"),
    "same_phone": _("same phone number"),
    "same_uid": _("same registry uid"),
    "person_and_mailbox": _("one is a person, the other a role mailbox"),
    "same_mail_domain": _("same mail domain"),
}


def in_words(reasons: list[list]) -> list[tuple[str, int]]:
    """Stored ``[code, points]`` → (sentence, points), strongest first."""
    rows = [(str(REASONS.get(code, code)), points) for code, points in reasons]
    return sorted(rows, key=lambda row: -abs(row[1]))
