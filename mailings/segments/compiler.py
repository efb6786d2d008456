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
    condition = Q()
    for child in children:
        if "field" not in child:
            condition &= _node(child, on)
        elif not _is_duty(child):
            condition &= _leaf(child, on)
    same_duty = _same_duty(children, on)
    if same_duty:
        # A list made once: as a correlated EXISTS, SQLite may walk all duties of a role per person.
        condition &= Q(pk__in=open_duties(on).filter(same_duty).values("contact_id"))
    return condition


def _is_duty(child: Rule) -> bool:
    return "field" in child and SEGMENT_FIELDS.get(child["field"]).scope == "duty"


def _leaf(child: Rule, on: date) -> Q:
    part = SEGMENT_FIELDS.get(child["field"]).condition(str(child["value"]), on)
    return ~part if child.get("op") == "is_not" else part


def _same_duty(children: list[Rule], on: date) -> Q:
    condition = Q()
    for child in children:
        if _is_duty(child):
            condition &= _leaf(child, on)
    return condition


def duties_matching(rule: Rule, *, on: date) -> QuerySet[RoleAssignment]:
    """The duties that the lines of each block speak of; all open ones when none does.

    Raises: BadInput for a broken rule.
    """
    check_rule(rule)
    return open_duties(on).filter(_duties(rule, on))


def _duties(rule: Rule, on: date) -> Q:
    """What a block says about the duty; several blocks say it one or the other way, and one that
    says nothing allows any."""
    if "any" in rule:
        parts = [_duties(child, on) for child in rule["any"]]
        condition = NOBODY
        for part in parts:
            condition |= part
        return condition if all(parts) else Q()
    return _same_duty(rule.get("all", [rule]), on)


def open_duties(on: date) -> QuerySet[RoleAssignment]:
    """Duties on the day; optional ones only once agreed to."""
    return RoleAssignment.objects.open(on=on).exclude(
        role_type__optional=True, agreed_on__isnull=True
    )
