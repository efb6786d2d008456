"""Saving a segment: a new version when its rule changes."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user
from mailings.models import Segment
from mailings.segments.compiler import compile_rule
from mailings.segments.rules import Rule


def save_segment(*, segment: Segment, name: str, rule: Rule, actor: Actor, on: date) -> Segment:
    """Stores name and rule; running mailings keep the rule they were started with.

    Raises: BadInput for an empty name, a name that is taken, an empty or broken rule.
    """
    if not name:
        raise BadInput(_("Give the segment a name."), where="name")
    if not rule:
        raise BadInput(_("A segment without a line would match nobody."), where="rule")
    compile_rule(rule, on=on)
    if Segment.objects.filter(name=name).exclude(pk=segment.pk).exists():
        raise BadInput(_("There is a segment of this name already."), where="name")
    with transaction.atomic():
        if segment.pk and segment.rule != rule:
            segment.version += 1
        segment.name, segment.rule = name, rule
        segment._history_user = actor_user(actor)  # type: ignore[attr-defined]
        segment.save()
        audit.record(
            "segments", "save", actor=actor, subject=segment, facts={"version": segment.version}
        )
    return segment
