"""How a membership ends, and how an end is taken back: notice, agreement, arrears, exclusion, appeal.

Source: DataCite Direct Member Agreement (2021), statutes of 26 April 2022 §§ 6.3 and 6.5; Crossref
membership operations (revocation). What differs between agencies are columns of ``Agency``.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.dates import add_months
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.transitions import actor_user, guarded_update
from contacts.enums import ActKind, EndReason
from contacts.models import Agency, Membership, Organisation
from contacts.registry import ARREARS_REMINDERS
from contacts.services.acts import announce, record_act
from contacts.services.membership import end_membership, running_periods
from contacts.services.records import open_follow_up

NOTICES = (EndReason.RESIGNED, EndReason.AGREEMENT_ENDED)


def resignation_date(notice_on: date, *, months: int) -> date:
    """First day without membership for a notice received on ``notice_on``.

    Source: DataCite Direct Member Agreement (2021): two months before 31 December, i.e. by 31
    October; later notices take effect a year later.
    """
    end = date(notice_on.year + 1, 1, 1)
    latest = add_months(end, -months)
    return end if notice_on < latest else date(notice_on.year + 2, 1, 1)


def notice_end(notice_on: date) -> date:
    """The end that follows from the agency's rule. Raises: RuleBroken for a notice that is too late
    where late notices are refused."""
    agency = Agency.objects.get()
    end = resignation_date(notice_on, months=agency.notice_months)
    if agency.late_notice == "refuse" and end.year > notice_on.year + 1:
        raise RuleBroken(
            _("The notice comes too late for this year: it had to be here %(n)s months before 31 December.")
            % {"n": agency.notice_months},
            code="late_notice",
        )  # fmt: skip
    return end


def resign(
    *, organisation: Organisation, notice_on: date, actor: Actor, note: str = ""
) -> Membership:
    """The member gives notice; the end follows from the agency's rule."""
    return end_membership(
        organisation=organisation, on=notice_end(notice_on), reason=EndReason.RESIGNED,
        notice_on=notice_on, actor=actor, note=note, kind=ActKind.RESIGNED,
    )  # fmt: skip


def end_agreement(
    *, organisation: Organisation, notice_on: date, actor: Actor, note: str = ""
) -> Membership:
    """Only the agreement ends; the organisation stays as the agency's type for that (DataCite: Member
    Only). Returns the new period.

    Raises: RuleBroken where the agency knows no such type, or the member is of it already.
    """
    target = Agency.objects.get().after_agreement
    current = Membership.objects.open(on=notice_on).filter(organisation=organisation).first()
    if target is None or (current and current.member_type_id == target.pk):
        raise RuleBroken(
            _("Nothing is left without the agreement; use the notice."), code="no_type"
        )
    end = notice_end(notice_on)
    with transaction.atomic():
        end_membership(
            organisation=organisation, on=end, reason=EndReason.AGREEMENT_ENDED,
            notice_on=notice_on, actor=actor, note=note, kind=ActKind.AGREEMENT_ENDED,
            facts={"member_type": target.code},
        )  # fmt: skip
        fresh = Membership(
            organisation=organisation, member_type=target, valid_from=end, source="agreement ended"
        )
        fresh._history_user = actor_user(actor)  # type: ignore[attr-defined]
        fresh.save()
        announce(organisation, "start", end, actor)
    return fresh


def removal_missing(organisation: Organisation, *, decided_on: date) -> str:
    """Why the member cannot be removed for arrears on that day, in words; empty when it can."""
    agency = Agency.objects.get()
    days = sorted(
        day for _name, ask in ARREARS_REMINDERS for day in ask(organisation.pk) if day <= decided_on
    )
    if len(days) < agency.removal_reminders:
        return _("%(n)s of %(needed)s written reminders of what is open are on record") % {
            "n": len(days), "needed": agency.removal_reminders,
        }  # fmt: skip
    earliest = add_months(days[-1], agency.removal_wait_months) + timedelta(
        days=agency.removal_wait_days
    )
    if decided_on < earliest:
        return _("the last reminder is of %(last)s; a decision counts from %(day)s") % {
            "last": days[-1], "day": earliest,
        }  # fmt: skip
    return ""


def remove_for_arrears(
    *,
    organisation: Organisation,
    decided_on: date,
    on: date,
    note: str,
    actor: Actor,
    on_paper: bool = False,
) -> Membership:
    """The board removes a member that has not paid. ``on_paper``: the reminders are not in billing,
    and ``note`` says where they are.

    Raises: RuleBroken before reminders and waiting time are over; BadInput without a reason.
    """
    if not note.strip():
        raise BadInput(_("Name the decision of the board."), code="reason", where="note")
    missing = "" if on_paper else removal_missing(organisation, decided_on=decided_on)
    if missing:
        raise RuleBroken(_("Not yet: %(what)s.") % {"what": missing}, code="removal_early")
    if on < decided_on:
        raise BadInput(_("A removal does not act before it is decided."), code="date", where="on")
    return end_membership(
        organisation=organisation, on=on, reason=EndReason.ARREARS, notice_on=decided_on,
        actor=actor, note=note, kind=ActKind.REMOVED, facts={"on_paper": on_paper},
    )  # fmt: skip


def exclude(
    *,
    organisation: Organisation,
    hearing_on: date,
    decided_on: date,
    reasons: str,
    actor: Actor,
    by_assembly: bool = False,
) -> Membership:
    """Excludes a member that was heard. The board's decision acts when the time to appeal is over,
    the assembly's at once.

    Raises: BadInput without reasons or when the hearing is not before the decision.
    """
    if not reasons.strip():
        raise BadInput(_("An exclusion needs written reasons."), code="reason", where="reasons")
    if hearing_on > decided_on:
        raise BadInput(_("The member is heard before the decision."), code="hearing",
                       where="hearing_on")  # fmt: skip
    months = 0 if by_assembly else Agency.objects.get().appeal_months
    acts_on = add_months(decided_on, months) + timedelta(days=1)
    return end_membership(
        organisation=organisation, on=acts_on, reason=EndReason.EXCLUDED, notice_on=decided_on,
        actor=actor, note=reasons, kind=ActKind.EXCLUDED,
        facts={"hearing": hearing_on.isoformat(), "by_assembly": by_assembly},
    )  # fmt: skip


def appeal(
    *, organisation: Organisation, received_on: date, actor: Actor, note: str = ""
) -> Membership:
    """The member appeals in time: it stays until the assembly decides, which is called within the
    same time. Raises: InvalidTransition when no exclusion is pending; RuleBroken when too late."""
    period = _ending(organisation, (EndReason.EXCLUDED,))
    if period is None:
        raise InvalidTransition(_("No exclusion is pending."))
    if period.valid_until is not None and received_on >= period.valid_until:
        raise RuleBroken(_("The time to appeal is over."), code="late_appeal")
    months = Agency.objects.get().appeal_months
    with transaction.atomic():
        _reopen(period, actor)
        open_follow_up(
            code="assembly_on_exclusion", title=_("Call the assembly: it decides on the exclusion"),
            about=f"contacts.membership:{period.pk}", organisation=organisation,
            due_on=add_months(received_on, months), actor=actor,
        )  # fmt: skip
        record_act(organisation=organisation, kind=ActKind.APPEALED, effective_on=received_on,
                   reason=note, actor=actor)  # fmt: skip
        announce(organisation, "start", received_on, actor)
    return period


def take_back_end(*, organisation: Organisation, on: date, note: str, actor: Actor) -> Membership:
    """A notice is taken back before it acts: the period goes on, a period that was to follow never
    begins. Raises: InvalidTransition when no notice is pending on that day."""
    period = _ending(organisation, NOTICES)
    if period is None or period.valid_until is None or period.valid_until <= on:
        raise InvalidTransition(_("No notice is pending."))
    with transaction.atomic():
        for later in running_periods(organisation, on=period.valid_until):
            guarded_update(
                later, expect={"valid_until": later.valid_until},
                set={"valid_until": later.valid_from, "end_reason": EndReason.AGREEMENT_ENDED},
                actor=actor, reason="notice taken back",
            )  # fmt: skip
        _reopen(period, actor)
        record_act(organisation=organisation, kind=ActKind.TAKEN_BACK, effective_on=on, reason=note,
                   actor=actor)  # fmt: skip
        announce(organisation, "start", on, actor)
    return period


def _ending(organisation: Organisation, reasons: tuple[EndReason, ...]) -> Membership | None:
    """The newest period with one of these ends that has not been empty from the start."""
    rows = organisation.memberships.filter(end_reason__in=reasons, valid_until__isnull=False)
    return next((row for row in rows if row.valid_until != row.valid_from), None)


def _reopen(period: Membership, actor: Actor) -> None:
    guarded_update(
        period,
        expect={"valid_until": period.valid_until},
        set={"valid_until": None, "end_reason": "", "notice_on": None},
        actor=actor,
        reason="end taken back",
    )
    later = period.organisation.lead_links.filter(valid_until__isnull=False).first()
    if later is not None and later.valid_until is not None and period.member_type.led_by:
        guarded_update(
            later, expect={"valid_until": later.valid_until}, set={"valid_until": None},
            actor=actor, reason="end taken back",
        )  # fmt: skip
