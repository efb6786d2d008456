"""From a rule tree to one queryset over contacts."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from contacts.models import Contact, RoleAssignment
from mailings.registry import SEGMENT_FIELDS
from mailings.segments.rules import Rule, check_rule

NOBODY = Q(pk__in=[])


def contacts_matching(rule: Rule, *, on: date) -> QuerySet[Contact]:
    """Living contacts for whom the rule holds on the day, in one query.

    An empty rule matches nobody: nothing is ever sent to everybody by leaving lines out.

    Raises: BadInput for a broken rule.
    """
    condition = compile_rule(rule, on=on) if rule else NOBODY
    return Contact.objects.living().filter(condition)


def compile_rule(rule: Rule, *, on: date) -> Q:
    """The condition over contacts. Lines about duties inside one "all" speak of the same duty."""
    check_rule(rule)
    return _node(rule, on)


def _node(rule: Rule, on: date) -> Q:
    if "not" in rule:
        return ~_node(rule["not"], on)
    if "any" in rule:
        condition = NOBODY
        for child in rule["any"]:
            condition |= _node(child, on)
        return condition
    if "all" in rule:
        return _all(rule["all"], on)
    return _all([rule], on)


def _all(children: list[Rule], on: date) -> Q:
    if not children:
        return NOBODY
    same_duty, condition = Q(), Q()
    for child in children:
        if "field" not in child:
            condition &= _node(child, on)
            continue
        field = SEGMENT_FIELDS.get(child["field"])
        part = field.condition(str(child["value"]), on)
        part = ~part if child.get("op") == "is_not" else part
        if field.scope == "duty":
            same_duty &= part
        else:
            condition &= part
    if same_duty:
        # A list made once: as a correlated EXISTS, SQLite may walk all duties of a role per person.
        condition &= Q(pk__in=open_duties(on).filter(same_duty).values("contact_id"))
    return condition


def open_duties(on: date) -> QuerySet[RoleAssignment]:
    """Duties on the day; optional ones only once agreed to."""
    return RoleAssignment.objects.open(on=on).exclude(
        role_type__optional=True, agreed_on__isnull=True
    )
