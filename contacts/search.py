"""Finds records by what people type: folded names, other names, identifiers, addresses, numbers.

"ZOE", "zoë" and "ZOË" are the same word on every database, because both sides are folded
(``core.texts.fold``). Every word must occur. Each source is a query of its own whose ids are united, so
that PostgreSQL can use its trigram indexes.
"""

from __future__ import annotations

import re

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from backoffice.core.texts import fold

MOST_WORDS = 6
NOT_IN_IDS = re.compile(r"[\s./-]")


def words_in(column: str, text: str) -> Q:
    """Every word of ``text`` occurs in the folded column."""
    words = fold(text).split()[:MOST_WORDS]
    found = Q() if words else Q(pk__in=[])
    for word in words:
        found &= Q(**{f"{column}__contains": word})
    return found


def identifier_forms(text: str) -> set[str]:
    """How an identifier may be stored: as typed, its last part after a slash, compact; any case."""
    typed = text.strip()
    forms = {typed, typed.rstrip("/").rpartition("/")[2], NOT_IN_IDS.sub("", typed)}
    return {form for each in forms for form in (each, each.lower(), each.upper()) if form}


def organisation_sources(text: str) -> list[QuerySet]:
    """Queries of organisation ids; together they hold everything that fits."""
    from contacts.models import Identifier, Organisation, OtherName, RoleAssignment
    from contacts.registry import SEARCHES

    forms = identifier_forms(text)
    ids = Q(value__in=forms)
    if len(text.strip()) > 1:
        ids |= Q(kind="symbol", value__startswith=text.strip().upper())
    sources = [
        Organisation.objects.filter(words_in("name_folded", text)).values_list("pk"),
        OtherName.objects.filter(words_in("name_folded", text)).values_list("organisation"),
        Identifier.objects.filter(ids).values_list("organisation"),
    ]
    if "@" in text:
        address = text.strip().lower()
        sources += [
            Organisation.objects.filter(group_email__iexact=address).values_list("pk"),
            RoleAssignment.objects.filter(
                valid_until__isnull=True, contact__addresses__address__startswith=address
            ).values_list("organisation"),
        ]
    return sources + [source(text.strip()) for _name, source in SEARCHES]


def contact_sources(text: str) -> list[QuerySet]:
    """Queries of contact ids: names, addresses (also former ones), the registry's uid."""
    from contacts.models import Contact, ContactAddress

    typed = text.strip().lower()
    sources = [
        Contact.objects.filter(words_in("name_folded", text)).values_list("pk"),
        ContactAddress.objects.filter(address__contains=typed).values_list("contact"),
    ]
    if len(typed) > 7:
        sources.append(Contact.objects.filter(external_uid=text.strip()).values_list("pk"))
    return sources


def united(sources: list[QuerySet]) -> QuerySet:
    """The ids of all sources, for a ``pk__in``."""
    plain = [source.order_by() for source in sources]
    return plain[0].union(*plain[1:]) if len(plain) > 1 else plain[0]


def best_first(rows: QuerySet, text: str) -> QuerySet:
    """Names that begin with what was typed come first."""
    begins = When(name_folded__startswith=fold(text), then=Value(0))
    rank = Case(begins, default=Value(1), output_field=IntegerField())
    return rows.annotate(search_rank=rank).order_by("search_rank", "name_folded", "pk")
