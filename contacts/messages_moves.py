"""The mail about a member or a repository that moved."""

from __future__ import annotations

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS, Message, MessageKind
from contacts.enums import ActKind
from contacts.messages import Letter, as_message, row_of
from contacts.models import MembershipAct, Organisation


def _name(pk: int | None) -> str:
    found = Organisation.objects.filter(pk=pk).first() if pk else None
    return found.name if found else ""


def _member(act: MembershipAct) -> Letter:
    words = {
        "name": act.organisation.name,
        "day": date_format(act.effective_on, "DATE_FORMAT"),
        "before": _name(act.facts.get("lead_before")),
        "after": _name(act.facts.get("lead")),
    }
    lines = []
    if words["before"]:
        lines.append(_("%(name)s leaves %(before)s on %(day)s.") % words)
    if words["after"]:
        lines.append(_("%(name)s belongs to %(after)s from %(day)s.") % words)
    if not words["after"]:
        lines.append(_("%(name)s is a member of its own from %(day)s.") % words)
    lines.append(_("If this is a surprise to you, answer this mail."))
    return Letter(_("Change of membership: %(name)s") % words, tuple(lines))


def _repository(act: MembershipAct) -> Letter:
    words = {
        "symbol": act.facts.get("repository", ""),
        "day": date_format(act.effective_on, "DATE_FORMAT"),
        "before": _name(act.facts.get("before")),
        "after": _name(act.facts.get("after")),
    }
    return Letter(
        _("Repository %(symbol)s has moved") % words,
        (
            _("From %(day)s the repository %(symbol)s belongs to %(after)s; before it belonged to %(before)s.")
            % words,
            _("If this is a surprise to you, answer this mail."),
        ),
    )  # fmt: skip


def build_moved(delivery: Delivery, secret=None, preview: bool = False) -> Message:
    """Built from the act on record, so that a repeat says the same."""
    act = MembershipAct.objects.select_related("organisation").get(pk=row_of(delivery))
    with translation.override(delivery.language):
        letter = _repository(act) if act.kind == ActKind.REPOSITORY else _member(act)
        return as_message(
            letter,
            why=_("You get this mail because you hold a duty for an organisation concerned."),
        )


def register() -> None:
    MESSAGE_KINDS.add("contacts.moved", MessageKind(build_moved))
