"""Words of the mailings: subscription, consent, mailing states."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.delivery.enums import MailClass

# A mailing is never an answer: that class passes what people have stopped.
MAILING_CLASSES = [choice for choice in MailClass.choices if choice[0] != MailClass.ANSWER]


class SubscriptionState(TextChoices):
    PENDING = "pending", _("Waiting for confirmation")
    ACTIVE = "active", _("Active")
    ENDED = "ended", _("Ended")


SUBSCRIPTION_TRANSITIONS: dict[str, frozenset[str]] = {
    # Asked for once more: the second confirmation mail.
    SubscriptionState.PENDING: frozenset(SubscriptionState),
    # Asked for again while something of the ledger stops it: the person confirms once more.
    SubscriptionState.ACTIVE: frozenset({SubscriptionState.ENDED, SubscriptionState.PENDING}),
    SubscriptionState.ENDED: frozenset({SubscriptionState.PENDING, SubscriptionState.ACTIVE}),
}


class Origin(TextChoices):
    """Who brought an address to a topic; the first mail says so when it was not the person."""

    OWN = "own", _("Signed up")
    STAFF = "staff", _("Asked us")
    HELPDESK = "helpdesk", _("Wrote to support")
    IMPORT = "import", _("Taken over with proof")


class ConsentAct(TextChoices):
    REQUESTED = "requested", _("Asked for")
    CONFIRMED = "confirmed", _("Confirmed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ADDED_BY_STAFF = "added", _("Added by staff, with reason")
    IMPORTED = "imported", _("Imported with proof")


class LegalBasis(TextChoices):
    CONSENT = "consent", _("Consent")
    CONTRACT = "contract", _("Membership agreement")
    INTEREST = "interest", _("Legitimate interest")


class MailingState(TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    PLANNING = "planning", _("Planning")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


M = MailingState
MAILING_TRANSITIONS: dict[str, frozenset[str]] = {
    M.DRAFT: frozenset({M.APPROVED, M.SCHEDULED, M.PLANNING, M.CANCELLED}),
    M.APPROVED: frozenset({M.DRAFT, M.SCHEDULED, M.PLANNING, M.CANCELLED}),
    M.SCHEDULED: frozenset({M.DRAFT, M.PLANNING, M.CANCELLED}),
    # No pause while rows are planned: nothing leaves yet, and half an audience is none.
    M.PLANNING: frozenset({M.SENDING, M.CANCELLED}),
    M.SENDING: frozenset({M.PAUSED, M.FINISHED, M.CANCELLED}),
    M.PAUSED: frozenset({M.SENDING, M.CANCELLED}),
    M.FINISHED: frozenset(),
    M.CANCELLED: frozenset(),
}


class FollowUp(TextChoices):
    """A mailing that follows another one, to a part of its audience."""

    MISSING = "missing", _("to those who did not get it")
    CORRECTION = "correction", _("to those who got it")
