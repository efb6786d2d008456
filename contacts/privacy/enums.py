"""Words of the privacy desk: kinds, states, outcomes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseKind(TextChoices):
    REMOVAL = "removal", _("Removal (Art. 17)")
    ACCESS = "access", _("Access (Art. 15, 20)")
    RECTIFICATION = "rectification", _("Rectification (Art. 16)")
    RESTRICTION = "restriction", _("Restriction (Art. 18)")
    OBJECTION = "objection", _("Objection (Art. 21)")
    UNCLEAR = "unclear", _("Not clear yet")


class Channel(TextChoices):
    FORM = "form", _("Public form")
    MAIL = "mail", _("E-mail")
    STAFF = "staff", _("Entered by staff")
    HELPDESK = "helpdesk", _("Help desk")


class CaseState(TextChoices):
    RECEIVED = "received", _("Received")
    IDENTITY_CHECK = "identity_check", _("Identity check")
    IN_REVIEW = "in_review", _("In review")
    PLANNED = "planned", _("Planned")
    APPROVED = "approved", _("Approved")
    EXECUTING = "executing", _("Executing")
    PROPAGATING = "propagating", _("Propagating")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")


S = CaseState
CASE_TRANSITIONS: dict[str, frozenset[str]] = {
    S.RECEIVED: frozenset({S.IDENTITY_CHECK, S.IN_REVIEW, S.CLOSED}),
    S.IDENTITY_CHECK: frozenset({S.IN_REVIEW, S.CLOSED}),
    S.IN_REVIEW: frozenset({S.PLANNED, S.ANSWERED, S.CLOSED}),
    # Data may have changed since the plan: it is made again, or the case is refused.
    S.PLANNED: frozenset({S.APPROVED, S.IN_REVIEW, S.CLOSED}),
    S.APPROVED: frozenset({S.EXECUTING, S.IN_REVIEW}),
    S.EXECUTING: frozenset({S.PROPAGATING}),
    S.PROPAGATING: frozenset({S.ANSWERED}),
    S.ANSWERED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
}


class Outcome(TextChoices):
    NONE = "", _("Open")
    GRANTED = "granted", _("Granted")
    PARTIAL = "partial", _("Granted in part")
    REFUSED = "refused", _("Refused")
    NOTHING_HELD = "nothing_held", _("Nothing held")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    MERGED = "merged", _("Merged with another case")
    UNIDENTIFIABLE = "unidentifiable", _("Identity not shown")


class TaskState(TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    JUSTIFIED = "justified", _("Not needed, with reason")


TASK_TRANSITIONS: dict[str, frozenset[str]] = {
    TaskState.OPEN: frozenset({TaskState.DONE, TaskState.JUSTIFIED}),
    TaskState.DONE: frozenset(),
    TaskState.JUSTIFIED: frozenset(),
}
