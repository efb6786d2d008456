"""Words of the mail engine: classes, lanes, delivery states, suppression reasons."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MailClass(TextChoices):
    """Why a message is sent; decides what an unsubscribe stops and which lane it takes."""

    ANSWER = "answer", _("Answer to a person's own act")
    GOVERNANCE = "governance", _("Governance")
    CONTRACT = "contract", _("Contract")
    SERVICE = "service", _("Service notice")
    COMMUNITY = "community", _("Community")


class Lane(TextChoices):
    ANSWER = "answer", _("Answers")
    GOVERNANCE = "governance", _("Governance")
    CONTRACT = "contract", _("Contract")
    BULK = "bulk", _("Bulk")


LANE_OF_CLASS = {
    MailClass.ANSWER: Lane.ANSWER,
    MailClass.GOVERNANCE: Lane.GOVERNANCE,
    MailClass.CONTRACT: Lane.CONTRACT,
    MailClass.SERVICE: Lane.BULK,
    MailClass.COMMUNITY: Lane.BULK,
}


class DeliveryState(TextChoices):
    PLANNED = "planned", _("Planned")
    CLAIMED = "claimed", _("Claimed")
    HANDING = "handing", _("Being handed over")
    SENT = "sent", _("Handed over")
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced")
    COMPLAINED = "complained", _("Complained")
    DEFERRED = "deferred", _("Deferred")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Skipped")
    UNCERTAIN = "uncertain", _("Uncertain")


D = DeliveryState
# handing → planned does not exist: what may have left is never planned again by itself.
DELIVERY_TRANSITIONS: dict[str, frozenset[str]] = {
    D.PLANNED: frozenset({D.CLAIMED, D.SKIPPED}),
    D.CLAIMED: frozenset({D.HANDING, D.PLANNED, D.SKIPPED, D.FAILED}),
    D.HANDING: frozenset({D.SENT, D.DEFERRED, D.FAILED, D.UNCERTAIN}),
    D.DEFERRED: frozenset({D.CLAIMED, D.FAILED, D.SKIPPED}),
    D.SENT: frozenset({D.DELIVERED, D.BOUNCED, D.COMPLAINED}),
    D.DELIVERED: frozenset({D.BOUNCED, D.COMPLAINED}),
    D.BOUNCED: frozenset({D.COMPLAINED}),
    D.COMPLAINED: frozenset(),
    D.FAILED: frozenset(),
    D.SKIPPED: frozenset(),
    D.UNCERTAIN: frozenset({D.SENT, D.DELIVERED, D.BOUNCED, D.COMPLAINED, D.PLANNED}),
}


class SuppressionReason(TextChoices):
    UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")
    OBJECTION = "objection", _("Objection")
    COMPLAINT = "complaint", _("Complaint")
    HARD_BOUNCE = "hard_bounce", _("Address does not exist")
    SOFT_BOUNCE = "soft_bounce", _("Mail keeps coming back")
    ERASED = "erased", _("Removed at request")
    STAFF = "staff", _("Set by staff")
    IMPORTED = "imported", _("Imported")
