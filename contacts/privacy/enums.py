"""Words of the privacy desk: kinds, states, outcomes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseKind(TextChoices):
    REMOVAL = "removal", _("Removal (Art. 17)")
    ACCESS = "access", _("Access (Art. 15, 20)")
    RECTIFICATION = "rectification", _("Rectification (Art. 16)")
    RESTRICTION = "restriction", _("Restriction (Art. 18)")
    OBJECTION = "objection", _("Objection (Art. 21)")
    COLLEAGUE = "colleague", _("Somebody left (hand over duties)")
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
    HANDED_OVER = "handed_over", _("Handed over to the organisation")
    NO_REQUEST = "no_request", _("Not a request")


class Ground(TextChoices):
    """Art. 17 (1) GDPR: why the data must go."""

    NOT_NEEDED = "17_1_a", _("(a) no longer needed")
    WITHDRAWN = "17_1_b", _("(b) consent withdrawn")
    OBJECTION = "17_1_c", _("(c) objection")
    UNLAWFUL = "17_1_d", _("(d) processed unlawfully")
    DUTY = "17_1_e", _("(e) a law demands it")
    CHILD = "17_1_f", _("(f) offered to a child")


class Exception17(TextChoices):
    """Art. 17 (3) GDPR: why some data stay nevertheless."""

    EXPRESSION = "GDPR_17_3_a", _("(a) freedom of expression and information")
    LAW = "GDPR_17_3_b", _("(b) a law demands that we keep it")
    HEALTH = "GDPR_17_3_c", _("(c) public health")
    ARCHIVE = "GDPR_17_3_d", _("(d) archive in the public interest, research, statistics")
    CLAIMS = "GDPR_17_3_e", _("(e) legal claims")


class PlanAction(TextChoices):
    """What happens to rows of a plan."""

    KEEP = "keep", _("kept")
    ERASE = "erase", _("fields emptied")
    DELETE_ROW = "delete_row", _("deleted")
    DELETE_FILE = "delete_file", _("file deleted")
    DECIDE = "decide", _("to be decided")


class RetentionState(TextChoices):
    COUNTED = "counted", _("Counted")
    DONE = "done", _("Carried out")
    BRAKED = "braked", _("Held by the brake")
    RELEASED = "released", _("Released")


RETENTION_TRANSITIONS: dict[str, frozenset[str]] = {
    RetentionState.COUNTED: frozenset(),
    RetentionState.DONE: frozenset(),
    RetentionState.BRAKED: frozenset({RetentionState.RELEASED}),
    RetentionState.RELEASED: frozenset({RetentionState.DONE}),
}


class BreachState(TextChoices):
    OPEN = "open", _("Noticed")
    ASSESSED = "assessed", _("Assessed")
    CLOSED = "closed", _("Closed")


BREACH_TRANSITIONS: dict[str, frozenset[str]] = {
    BreachState.OPEN: frozenset({BreachState.ASSESSED}),
    # Assessed again when more is known.
    BreachState.ASSESSED: frozenset({BreachState.ASSESSED, BreachState.CLOSED}),
    BreachState.CLOSED: frozenset(),
}


class ProcessorKind(TextChoices):
    CRM = "crm", _("CRM")
    MAIL = "mail", _("Mail provider")
    HELPDESK = "helpdesk", _("Help desk")
    GROUPS = "groups", _("Mailing groups")
    FORUM = "forum", _("Forum")
    STATISTICS = "statistics", _("Statistics")
    BACKUPS = "backups", _("Backups")
    SPREADSHEETS = "spreadsheets", _("Spreadsheets")
    OTHER = "other", _("Other")


class TaskState(TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    JUSTIFIED = "justified", _("Not needed, with reason")


TASK_TRANSITIONS: dict[str, frozenset[str]] = {
    TaskState.OPEN: frozenset({TaskState.DONE, TaskState.JUSTIFIED}),
    TaskState.DONE: frozenset(),
    TaskState.JUSTIFIED: frozenset(),
}
