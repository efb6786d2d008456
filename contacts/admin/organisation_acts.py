"""What staff can do on an organisation's page; each act its own permission and one service."""

from __future__ import annotations

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import Operation
from backoffice.core.dates import last_day, today
from contacts.admin import act_forms, forms
from contacts.models import Agency
from contacts.queries import standing_on
from contacts.services import duties, endings, membership, records, suspension


def _note(organisation, actor, data, request) -> str:
    records.add_note(text=data["text"], organisation=organisation, actor=actor)
    return _t("The note is on the timeline.")


def _assign(organisation, actor, data, request) -> str:
    duties.assign_duty(organisation=organisation, actor=actor, source="staff", **data)
    return _t("The duty is given.")


def _start(organisation, actor, data, request) -> str:
    membership.start_membership(organisation=organisation, actor=actor, **data)
    return _t("The membership has started.")


def _suspend(organisation, actor, data, request) -> str:
    suspension.suspend(organisation=organisation, actor=actor, **data)
    return _t("The member is suspended.")


def _reinstate(organisation, actor, data, request) -> str:
    suspension.reinstate(organisation=organisation, actor=actor, **data)
    return _t("The suspension is lifted.")


def _ends(period) -> str:
    return _t("The last day of membership is %(day)s.") % {"day": last_day(period.valid_until)}


def _resign(organisation, actor, data, request) -> str:
    return _ends(endings.resign(organisation=organisation, actor=actor, **data))


def _end_agreement(organisation, actor, data, request) -> str:
    fresh = endings.end_agreement(organisation=organisation, actor=actor, **data)
    return _t("From %(day)s the organisation is %(type)s.") % {
        "day": fresh.valid_from, "type": fresh.member_type,
    }  # fmt: skip


def _take_back(organisation, actor, data, request) -> str:
    endings.take_back_end(organisation=organisation, on=today(), actor=actor, **data)
    return _t("The membership goes on.")


def _remove(organisation, actor, data, request) -> str:
    return _ends(endings.remove_for_arrears(organisation=organisation, actor=actor, **data))


def _exclude(organisation, actor, data, request) -> str:
    return _ends(endings.exclude(organisation=organisation, actor=actor, **data))


def _appeal(organisation, actor, data, request) -> str:
    endings.appeal(organisation=organisation, actor=actor, **data)
    return _t("The member stays until the assembly has decided; a task says so.")


def _end(organisation, actor, data, request) -> str:
    return _ends(membership.end_membership(organisation=organisation, actor=actor, **data))


def _is(*codes: str):
    return lambda organisation: standing_on(organisation, on=today()).code in codes


def _running(organisation) -> bool:
    """A member now, with no end ahead."""
    return _is("good", "suspended")(organisation) and not _pending(organisation)


def _pending(organisation, *reasons: str) -> bool:
    """An end that lies ahead."""
    rows = organisation.memberships.filter(valid_until__gt=today())
    return (rows.filter(end_reason__in=reasons) if reasons else rows).exists()


def _keeps_something(organisation) -> bool:
    return _running(organisation) and Agency.objects.filter(after_agreement__isnull=False).exists()


def _notice_words(organisation) -> str:
    end = endings.resignation_date(today(), months=Agency.objects.get().notice_months)
    return _t("By the agency's rule a notice received today ends the membership with %(day)s.") % {
        "day": last_day(end)
    }


def _removal_words(organisation) -> str:
    missing = endings.removal_missing(organisation, decided_on=today())
    if missing:
        return _t("By today's record a removal is not possible: %(what)s.") % {"what": missing}
    return _t("Reminders and waiting time are fulfilled.")


OPERATIONS = (
    Operation("note", _("Add a note"), "contacts.add_note", _note, form=forms.NoteForm),
    Operation("duty", _("Give a duty"), "contacts.add_roleassignment", _assign, form=forms.DutyForm,
              explain=_("The old holder gets an end date when the duty is taken over."), primary=True),
    Operation("start", _("Start membership"), "contacts.add_membership", _start,
              form=forms.StartForm, shown=_is("none", "ended")),
    Operation("suspend", _("Suspend"), "contacts.suspend_membership", _suspend,
              form=forms.SuspendForm, danger=True, shown=_is("good")),
    Operation("reinstate", _("Lift suspension"), "contacts.suspend_membership", _reinstate,
              form=act_forms.ReinstateForm, shown=_is("suspended")),
    Operation("resign", _("Notice received"), "contacts.end_membership", _resign,
              form=act_forms.NoticeForm, shown=_running, explain=_notice_words),
    Operation("end-agreement", _("Only the agreement ends"), "contacts.end_membership",
              _end_agreement, form=act_forms.NoticeForm, shown=_keeps_something,
              explain=lambda o: _t("The organisation stays as %(type)s.") % {
                  "type": Agency.objects.get().after_agreement}),
    Operation("take-back", _("Notice taken back"), "contacts.end_membership", _take_back,
              form=act_forms.WhyForm,
              shown=lambda o: _pending(o, "resigned", "agreement_ended")),
    Operation("remove", _("Remove for arrears"), "contacts.remove_membership", _remove,
              form=act_forms.RemovalForm, danger=True, reauthenticate=True, shown=_running,
              explain=_removal_words),
    Operation("exclude", _("Exclude"), "contacts.exclude_membership", _exclude,
              form=act_forms.ExclusionForm, danger=True, reauthenticate=True, shown=_running,
              explain=_("The board's decision acts when the time to appeal is over.")),
    Operation("appeal", _("Appeal received"), "contacts.exclude_membership", _appeal,
              form=act_forms.AppealForm, shown=lambda o: _pending(o, "excluded")),
    Operation("end", _("End membership"), "contacts.end_membership", _end, form=forms.EndForm,
              danger=True, reauthenticate=True, shown=_is("good", "suspended", "future")),
)  # fmt: skip
