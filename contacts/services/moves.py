"""Moves as one dated act: a member between consortia and types, a repository between members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.transitions import actor_user, guarded_update
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services import queue_message
from contacts.enums import ActKind, EndReason
from contacts.models import (
    Membership,
    MembershipAct,
    MemberType,
    Organisation,
    OrganisationLink,
    Repository,
    RepositoryHolding,
)
from contacts.queries import Reachable, duty_holders
from contacts.registry import MOVE_PREVIEWS, MoveTarget
from contacts.services.acts import announce, record_act
from contacts.services.membership import end_links, link_to_lead, running_links


def current_period(organisation: Organisation) -> Membership:
    """The period without an end. Raises: InvalidTransition."""
    period = (
        Membership.objects.not_ended()
        .filter(organisation=organisation)
        .select_related("member_type")
        .first()
    )
    if period is None:
        raise InvalidTransition(_("%(name)s has no open membership.") % {"name": organisation})
    return period


def current_lead(organisation: Organisation, *, on: date) -> Organisation | None:
    link = OrganisationLink.objects.open(on=on).filter(organisation=organisation)
    found = link.select_related("lead").first()
    return found.lead if found else None


def move_member(
    *,
    organisation: Organisation,
    on: date,
    actor: Actor,
    member_type: MemberType | None = None,
    lead: Organisation | None = None,
    note: str = "",
) -> Membership:
    """One dated act: to another consortium, into one, or out of one. Those concerned are told.

    The old period (if the type changes) and the old link end on ``on``; the new ones start then.

    Raises: RuleBroken, InvalidTransition; nothing is written then.
    """
    # Read before the transaction: of two moves at once, the guards let one pass.
    period, links = current_period(organisation), running_links(organisation, on=on)
    target = member_type or period.member_type
    check_target(organisation, target, lead, period, on)
    before = current_lead(organisation, on=on)
    with transaction.atomic():
        end_links(links, on=on, actor=actor)
        if target.pk != period.member_type_id:
            guarded_update(
                period,
                expect={"valid_until": None},
                set={"valid_until": max(on, period.valid_from), "end_reason": EndReason.MOVED},
                actor=actor,
            )
            period = Membership(organisation=organisation, member_type=target, valid_from=on)
            period._history_user = actor_user(actor)  # type: ignore[attr-defined]
            period.save()
        if lead is not None and target.led_by:
            link_to_lead(
                organisation=organisation, lead=lead, kind=target.led_by, on=on, actor=actor
            )
        act = record_act(
            organisation=organisation, kind=ActKind.MOVED, effective_on=on, actor=actor,
            reason=note,
            facts={"member_type": target.code, "lead": lead.pk if lead else None,
                   "lead_before": before.pk if before else None},
        )  # fmt: skip
        for person in told(organisation, before, lead if target.led_by else None, on=on):
            _tell(act, person)
        announce(organisation, "move", on, actor)
    return period


def check_target(
    organisation: Organisation,
    target: MemberType,
    lead: Organisation | None,
    period: Membership,
    on: date,
) -> None:
    """Whether the move is possible. Raises: RuleBroken with the reason in words."""
    if target.led_by and lead is None:
        raise RuleBroken(
            _("%(type)s stands below a lead: name the lead.") % {"type": target}, code="no_lead"
        )
    if lead is not None and lead.pk == organisation.pk:
        raise RuleBroken(_("An organisation does not stand below itself."), code="link_self")
    if on < period.valid_from:
        raise RuleBroken(_("The membership starts only on %(day)s.") % {"day": period.valid_from})
    same_lead = lead == current_lead(organisation, on=on)
    if target.pk == period.member_type_id and (same_lead or not target.led_by):
        raise RuleBroken(_("Nothing would change."), code="no_change")
    if not target.leads and OrganisationLink.objects.open(on=on).filter(lead=organisation).exists():
        raise RuleBroken(
            _("Organisations stand below %(name)s; move them first.") % {"name": organisation},
            code="lead_has_organisations",
        )


def told(organisation: Organisation, *leads: Organisation | None, on: date) -> list[Reachable]:
    """Who gets a mail about a move: the first reachable contact of the organisation and of each lead."""
    ids = [organisation.pk, *(lead.pk for lead in leads if lead is not None)]
    first: dict[int, Reachable] = {}
    for holder in duty_holders(on=on, organisation_ids=ids):
        if not holder.why_not:
            first.setdefault(holder.organisation_id, holder)
    return [first[pk] for pk in dict.fromkeys(ids) if pk in first]


def _tell(act: MembershipAct, person: Reachable) -> None:
    queue_message(
        kind="contacts.moved",
        mail_class=MailClass.CONTRACT,
        address=person.address,
        dedupe_key=f"act:{act.pk}:{person.organisation_id}:{person.contact_id}",
        about=f"contacts.membershipact:{act.pk}",
        contact_id=person.contact_id,
        organisation_id=person.organisation_id,
        language=person.language,
    )


def move_repository(
    *, repository: Repository, to: Organisation, on: date, actor: Actor, note: str = ""
) -> Repository:
    """Another member holds the repository from ``on``, which is not ahead; the earlier holder stays on
    record. Prefixes and DOIs move in the registry.

    Raises: RuleBroken when the target is no member that may hold repositories, or holds it already;
    InvalidTransition when it has moved meanwhile.
    """
    before = repository.organisation
    check_holder(repository, to, on)
    with transaction.atomic():
        guarded_update(repository, expect={"organisation": before}, set={"organisation": to},
                       actor=actor, reason="moved")  # fmt: skip
        RepositoryHolding.objects.create(repository=repository, organisation=before, valid_until=on)
        for whose in (before, to):
            act = record_act(
                organisation=whose, kind=ActKind.REPOSITORY, effective_on=on, actor=actor,
                reason=note,
                facts={"repository": repository.symbol, "before": before.pk, "after": to.pk},
            )  # fmt: skip
            for person in told(whose, on=on):
                _tell(act, person)
    return repository


def check_holder(repository: Repository, to: Organisation, on: date) -> None:
    """Whether the repository may go there. Raises: RuleBroken with the reason in words."""
    if to.pk == repository.organisation_id:
        raise RuleBroken(_("Nothing would change."), code="no_change")
    may_hold = Membership.objects.open(on=on).filter(
        organisation=to, member_type__holds_repositories=True
    )
    if not may_hold.exists():
        raise RuleBroken(
            _("%(name)s is no member that may hold repositories on %(day)s.")
            % {"name": to, "day": on},
            code="not_a_holder",
        )
    last = repository.holdings.order_by("-valid_until").first()
    if last is not None and on < last.valid_until:
        raise RuleBroken(_("It moved last on %(day)s.") % {"day": last.valid_until}, code="date")


def holder_on(repository: Repository, *, on: date) -> Organisation:
    """Who held the repository on that day."""
    earlier = repository.holdings.filter(valid_until__gt=on).select_related("organisation").first()
    return earlier.organisation if earlier else repository.organisation


@dataclass(frozen=True)
class Preview:
    """What a move would do: sentences per subject, and who is told."""

    sentences: list[str]
    people: list[Reachable]


def preview_move(organisation: Organisation, target: MoveTarget, *, on: date) -> Preview:
    """Sentences about duties (here), fees, votes and mail (from the other apps). Writes nothing."""
    sentences = [
        line for _name, preview in MOVE_PREVIEWS for line in preview(organisation.pk, target, on)
    ]
    leads = list(Organisation.objects.filter(pk__in=[
        pk for pk in (target.lead_before, target.lead, target.new_holder) if pk
    ]))  # fmt: skip
    return Preview(sentences, told(organisation, *leads, on=on))
