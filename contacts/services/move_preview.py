"""What a move does to duties: required ones that nobody holds, and ones that fall away."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from contacts.board import role_labels
from contacts.enums import DutyRuleKind
from contacts.models import DutyRule, Membership, MemberType, RoleAssignment, Suspension
from contacts.registry import MoveTarget


def _required(member_type: MemberType | None) -> set[str]:
    if member_type is None:
        return set()
    rules = DutyRule.objects.filter(kind=DutyRuleKind.REQUIRED, role_type__isnull=False)
    return {
        rule.role_type.code  # type: ignore[union-attr]
        for rule in rules.select_related("role_type")
        if rule.member_type_id in (None, member_type.pk)
    }


def duties_preview(organisation_id: int, target: MoveTarget, on: date) -> list[str]:
    """Sentences for the preview of a member's move; none for a repository."""
    if target.repository is not None:
        return []
    labels = role_labels()
    period = (
        Membership.objects.open(on=on)
        .filter(organisation=organisation_id)
        .select_related("member_type")
        .first()
    )
    before = _required(period.member_type if period else None)
    after = _required(MemberType.objects.filter(code=target.member_type).first())
    held = set(
        RoleAssignment.objects.open(on=on)
        .filter(organisation=organisation_id, order=1)
        .values_list("role_type__code", flat=True)
    )
    words = []
    missing = sorted(labels[code] for code in after - held)
    if missing:
        words.append(_("Duties to fill: %(what)s.") % {"what": ", ".join(missing)})
    spare = sorted(labels[code] for code in (before - after) & held)
    if spare:
        words.append(_("Not required any more, but kept: %(what)s.") % {"what": ", ".join(spare)})
    if not missing and not spare:
        words.append(_("Duties stay as they are; all required ones are held."))
    return words + _suspension(target, on)


def _suspension(target: MoveTarget, on: date) -> list[str]:
    """A suspension of the new lead reaches those below it."""
    flowing = Suspension.objects.open(on=on).filter(organisation=target.lead, flows_down=True)
    if target.lead is None or not flowing.exists():
        return []
    return [_("The new lead is suspended, and the suspension includes those below it.")]
