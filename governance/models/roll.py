"""The electoral roll of one election, frozen at the record date, and its corrections by two."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.transitions import state_constraint
from governance.enums import Channel, CorrectionKind, ProposalState, RollReason
from governance.querysets import RollQuerySet


class RollEntry(models.Model):
    """One member, in or out, with the reason. No time stands here: that somebody voted is a yes or
    no. ``pseudonym`` ties the entry to its envelope until the box is sealed, then it is emptied.
    """

    election = models.ForeignKey(
        "governance.Election", on_delete=models.PROTECT, related_name="roll"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    contact = models.ForeignKey(
        "contacts.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    member_type = models.CharField(_("member type"), max_length=40)
    box = models.CharField(_("box"), max_length=40)
    included = models.BooleanField(_("may vote"))
    reason = models.CharField(_("why"), max_length=14, choices=RollReason.choices)
    # Frozen address for the voting mail; emptied when the election is destroyed.
    address = models.CharField(_("mail"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    unreachable = models.CharField(_("why no mail arrives"), max_length=40, blank=True)
    salt = models.CharField(max_length=32, editable=False)
    leaf = models.CharField(max_length=64, editable=False)
    pseudonym = models.UUIDField(null=True, blank=True, default=uuid.uuid4, editable=False)
    # How often a new link was made; the link is derived from it, only the hash is kept.
    link_number = models.PositiveSmallIntegerField(default=1, editable=False)
    token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    channel = models.CharField(
        _("votes"), max_length=5, choices=Channel.choices, default=Channel.LINK
    )
    voted = models.BooleanField(_("voted"), default=False)

    objects = RollQuerySet.as_manager()  # type: ignore[django-manager-missing]

    class Meta:
        verbose_name = _("roll entry")
        verbose_name_plural = _("electoral roll")
        ordering = ["id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["election", "organisation"], name="governance_roll_once"
            ),
            models.UniqueConstraint(
                fields=["pseudonym"],
                condition=models.Q(pseudonym__isnull=False),
                name="governance_roll_pseudonym",
            ),
        ]
        indexes = [models.Index(fields=["election", "voted"], name="governance_roll_voted")]

    def __str__(self) -> str:
        return f"{self.organisation}"


class RollCorrection(models.Model):
    """A later change of the roll: one person proposes, another approves, the reason is published."""

    election = models.ForeignKey(
        "governance.Election", on_delete=models.PROTECT, related_name="corrections"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("change"), max_length=10, choices=CorrectionKind.choices)
    contact = models.ForeignKey(
        "contacts.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )

    class Meta:
        verbose_name = _("correction of the roll")
        verbose_name_plural = _("corrections of the roll")
        ordering = ["-id"]
        default_permissions = ("add", "view")
        constraints = [
            state_constraint("governance_correction_state_known", ProposalState),
            models.CheckConstraint(
                condition=models.Q(state="proposed") | models.Q(decided_by__isnull=False),
                name="governance_correction_decided_facts",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("proposed_by")),
                name="governance_correction_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.organisation}"
