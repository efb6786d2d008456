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
    # Somebody proposed who is no contact yet; emptied by a yes (which makes a contact) or a no.
    given_name = models.CharField(_("given name"), max_length=200, blank=True)
    family_name = models.CharField(_("family name"), max_length=200, blank=True)
    address = models.CharField(_("e-mail address"), max_length=254, blank=True)
    proposed_by = models.ForeignKey(
        "contacts.Contact",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    origin = models.CharField(_("came by"), max_length=12, choices=NominationOrigin.choices)
    received_on = models.DateField(_("received"))
    statement = models.TextField(_("statement"), max_length=4000, blank=True)
    photo = models.ForeignKey(
        "core.StoredDocument",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    state = models.CharField(
        _("state"), max_length=10, choices=NominationState.choices, default=NominationState.PROPOSED
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    history = HistoricalRecords(excluded_fields=["given_name", "family_name", "address"])

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
            models.UniqueConstraint(
                fields=["contest", "address"],
                condition=~models.Q(address=""),
                name="governance_nomination_address_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.contact) if self.contact else self.named or str(self.organisation)

    @property
    def named(self) -> str:
        """Name as the proposal gives it, empty for a contact of ours."""
        return f"{self.given_name} {self.family_name}".strip()


class Supporter(models.Model):
    """A member that supports an independent candidate."""

    nomination = models.ForeignKey(Nomination, on_delete=models.CASCADE, related_name="supporters")
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    # The voting contact who said so; empty where staff took it from a letter.
    contact = models.ForeignKey(
        "contacts.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    supported_on = models.DateField(_("day"), null=True, blank=True)

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
