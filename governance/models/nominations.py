"""Nominations: who is proposed for what, by whom, with whose support."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from governance.enums import NominationOrigin, NominationState


class Nomination(models.Model):
    contest = models.ForeignKey(
        "governance.Contest", on_delete=models.PROTECT, related_name="nominations"
    )
    contact = models.ForeignKey(
        "contacts.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    origin = models.CharField(_("came by"), max_length=12, choices=NominationOrigin.choices)
    received_on = models.DateField(_("received"))
    statement = models.TextField(_("statement"), max_length=4000, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=NominationState.choices, default=NominationState.PROPOSED
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")
        ordering = ["contest_id", "id"]
        default_permissions = ("add", "change", "view")
        constraints = [
            state_constraint("governance_nomination_state_known", NominationState),
            models.UniqueConstraint(
                fields=["contest", "organisation", "contact"], name="governance_nomination_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.contact or self.organisation)


class Supporter(models.Model):
    """A member that supports an independent candidate."""

    nomination = models.ForeignKey(Nomination, on_delete=models.CASCADE, related_name="supporters")
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("supporter")
        verbose_name_plural = _("supporters")
        constraints = [
            models.UniqueConstraint(
                fields=["nomination", "organisation"], name="governance_supporter_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)
