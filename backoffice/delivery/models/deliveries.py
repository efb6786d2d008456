"""One message to one address, from plan to the last known event."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.transitions import state_constraint
from backoffice.delivery.enums import DeliveryState, Lane, MailClass
from backoffice.delivery.querysets import DeliveryQuerySet


class Delivery(models.Model):
    """The message itself is built at hand-off by its kind; secrets and bodies are not stored here.

    ``contact_ref`` and ``organisation_ref`` are ids of contacts.Contact and contacts.Organisation:
    this app lies below contacts, so they are plain numbers.
    """

    # "billing.invoice", "governance.ballot_link", "mailings.mailing": names a MessageKind.
    kind = models.CharField(_("kind"), max_length=60, db_index=True)
    mail_class = models.CharField(_("class"), max_length=12, choices=MailClass.choices)
    topic = models.CharField(_("topic"), max_length=60, blank=True)
    lane = models.CharField(_("lane"), max_length=12, choices=Lane.choices)
    mailing_ref = models.BigIntegerField(_("mailing"), null=True, blank=True)
    # The row concerned, "billing.invoice:12"; empty for newsletters.
    about = models.CharField(_("about"), max_length=80, blank=True, db_index=True)
    address = models.CharField(_("address"), max_length=254)
    # Domain of the address, for throttles; empty after erasure.
    domain = models.CharField(_("domain"), max_length=254, blank=True)
    contact_ref = models.BigIntegerField(_("contact"), null=True, blank=True, db_index=True)
    organisation_ref = models.BigIntegerField(
        _("organisation"), null=True, blank=True, db_index=True
    )
    role_code = models.CharField(_("duty"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    dedupe_key = models.CharField(_("key"), max_length=160, null=True, blank=True, unique=True)
    message_id = models.CharField("Message-ID", max_length=160, unique=True)
    # Opaque secret of the unsubscribe link: only its SHA-256 is kept.
    # What a provider calls the message; events name it.
    provider_id = models.CharField(_("provider's id"), max_length=160, blank=True, db_index=True)
    token_hash = models.CharField(_("link hash"), max_length=64, blank=True, db_index=True)
    state = models.CharField(
        _("state"), max_length=12, choices=DeliveryState.choices, default=DeliveryState.PLANNED
    )
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    claimed_by = models.CharField(_("claimed by"), max_length=64, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    created_at = models.DateTimeField(_("planned"), auto_now_add=True)
    handed_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [
            ("drop_delivery", _("Can drop a waiting message")),
            ("release_delivery", _("Can release a waiting message")),
        ]
        indexes = [
            models.Index(fields=["state", "lane", "id"], name="delivery_claim"),
            models.Index(fields=["mailing_ref", "state"], name="delivery_mailing"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing_ref", "address", "about"],
                condition=models.Q(mailing_ref__isnull=False),
                name="delivery_once_per_mailing",
            ),
            state_constraint("delivery_state_known", DeliveryState),
            models.CheckConstraint(
                name="delivery_claim_facts",
                condition=~models.Q(state__in=["claimed", "handing"])
                | (~models.Q(claimed_by="") & models.Q(lease_until__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class LaneState(models.Model):
    """Breaker, pause, throttle and quiet hours of one lane, transport or recipient domain, and the
    pause of one mailing; survives a restart."""

    # "bulk", "transport:smtp", "domain:example.org", "mailing:12"
    key = models.CharField(_("lane or domain"), max_length=120, primary_key=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    pause_reason = models.CharField(_("reason"), max_length=120, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    open_until = models.DateTimeField(_("breaker open until"), null=True, blank=True)
    second_start = models.DateTimeField(_("second start"), null=True, blank=True)
    second_count = models.PositiveIntegerField(_("handed over in the second"), default=0)
    window_start = models.DateTimeField(_("window start"), null=True, blank=True)
    window_count = models.PositiveIntegerField(_("handed over in the window"), default=0)
    day_start = models.DateTimeField(_("day start"), null=True, blank=True)
    day_count = models.PositiveIntegerField(_("handed over in the day"), default=0)
    per_second = models.PositiveIntegerField(_("limit per second"), null=True, blank=True)
    per_hour = models.PositiveIntegerField(_("limit per hour"), null=True, blank=True)
    per_day = models.PositiveIntegerField(_("limit per day"), null=True, blank=True)
    # On the clock of the agency's time zone; from > until: over midnight. From is included.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    weekdays_only = models.BooleanField(_("quiet on Saturday and Sunday"), default=False)
    # Complaints and bounces that somebody saw before letting a mailing go on.
    accepted_complaints = models.PositiveIntegerField(default=0, editable=False)
    accepted_bounces = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("lane")
        verbose_name_plural = _("lanes")
        ordering = ["key"]
        default_permissions = ("view", "add", "change")
        permissions = [("pause_lanestate", _("Can pause and resume mail"))]
        constraints = [
            models.CheckConstraint(
                name="delivery_lane_quiet_both",
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.key


class OutboxMessage(models.Model):
    """A message as it would have left, kept when the transport is the local outbox."""

    delivery = models.ForeignKey(
        Delivery,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="outbox",
        verbose_name=_("delivery"),
    )
    address = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=250)
    raw = models.BinaryField(_("message"))
    created_at = models.DateTimeField(_("handed over"), auto_now_add=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.subject
