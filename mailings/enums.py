"""Words of the mailings: subscription, consent, mailing states."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SubscriptionState(TextChoices):
    PENDING = "pending", _("Waiting for confirmation")
    ACTIVE = "active", _("Active")
    ENDED = "ended", _("Ended")


SUBSCRIPTION_TRANSITIONS: dict[str, frozenset[str]] = {
    SubscriptionState.PENDING: frozenset({SubscriptionState.ACTIVE, SubscriptionState.ENDED}),
    SubscriptionState.ACTIVE: frozenset({SubscriptionState.ENDED}),
    SubscriptionState.ENDED: frozenset({SubscriptionState.PENDING, SubscriptionState.ACTIVE}),
}


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
    PLANNING = "planning", _("Planning")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


M = MailingState
MAILING_TRANSITIONS: dict[str, frozenset[str]] = {
    M.DRAFT: frozenset({M.APPROVED, M.PLANNING, M.CANCELLED}),
    M.APPROVED: frozenset({M.DRAFT, M.PLANNING, M.CANCELLED}),
    M.PLANNING: frozenset({M.SENDING, M.PAUSED, M.CANCELLED}),
    M.SENDING: frozenset({M.PAUSED, M.FINISHED, M.CANCELLED}),
    M.PAUSED: frozenset({M.SENDING, M.CANCELLED}),
    M.FINISHED: frozenset(),
    M.CANCELLED: frozenset(),
}
