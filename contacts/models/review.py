"""Rounds and pairs that staff work through: contact confirmation, possible duplicates."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from contacts.enums import PairState, ReviewState


class ConfirmationRound(models.Model):
    """The yearly "confirm your contacts" round."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    started_on = models.DateField(_("started"))
    # Last day on which answers count.
    closes_on = models.DateField(_("closes"))
    # When every member had been asked; empty while the job still works.
    asked_at = models.DateTimeField(_("all asked"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("confirmation round")
        verbose_name_plural = _("confirmation rounds")
        ordering = ["-year"]
        default_permissions = ("view",)
        permissions = [("start_confirmationround", _("Can start a confirmation round"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_on__gt=models.F("started_on")),
                name="contacts_round_closes_after_start",
            )
        ]

    def __str__(self) -> str:
        return str(self.year)


class ContactConfirmation(models.Model):
    """One organisation in a round: the answer waits for approval when it differs."""

    round = models.ForeignKey(
        ConfirmationRound, on_delete=models.PROTECT, related_name="confirmations"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="confirmations"
    )
    asked_contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.PROTECT, related_name="confirmations_asked"
    )
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ReviewState.choices, default=ReviewState.ASKED
    )
    # [{"what": "other" | "address" | "name" | "end", "role", "order", "given_name", "family_name",
    #   "email", "was": contact id or null}]
    changes = models.JSONField(_("differences"), default=list, blank=True)
    asked_on = models.DateField(_("asked"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    refusal_reason = models.CharField(_("reason of refusal"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_on = models.DateField(_("decided"), null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["token_hash"])

    class Meta:
        verbose_name = _("contact confirmation")
        verbose_name_plural = _("contact confirmations")
        default_permissions = ("view",)
        permissions = [("decide_contactconfirmation", _("Can approve confirmed contacts"))]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "organisation"], name="contacts_confirmation_once"
            ),
            state_constraint("contacts_confirmation_state_known", ReviewState),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.organisation}"


class DuplicatePair(models.Model):
    """Two records that may be one; "not duplicates" is remembered."""

    # "organisation" or "contact"
    kind = models.CharField(_("kind"), max_length=12)
    left_id = models.BigIntegerField()
    right_id = models.BigIntegerField()
    score = models.PositiveSmallIntegerField(_("score"))
    reasons = models.JSONField(_("reasons"), default=list)
    state = models.CharField(
        _("state"), max_length=10, choices=PairState.choices, default=PairState.OPEN
    )
    found_on = models.DateField(_("found"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["-score"]
        default_permissions = ("view",)
        permissions = [("decide_duplicatepair", _("Can decide on possible duplicates"))]
        indexes = [
            models.Index(fields=["kind", "state", "-score"], name="contacts_pair_queue"),
            models.Index(fields=["kind", "right_id"], name="contacts_pair_right"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "left_id", "right_id"], name="contacts_pair_once"
            ),
            models.CheckConstraint(
                condition=models.Q(left_id__lt=models.F("right_id")), name="contacts_pair_ordered"
            ),
            state_constraint("contacts_pair_state_known", PairState),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.left_id}/{self.right_id}"
