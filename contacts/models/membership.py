"""Membership as dated rows; standing on a day is computed from them, never stored."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from contacts.enums import ActKind, EndReason, LinkKind, SuspensionReason
from contacts.querysets import DatedQuerySet


def span(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(valid_until__isnull=True)
        | models.Q(valid_until__gte=models.F("valid_from")),
        name=name,
    )


class Membership(models.Model):
    """One period of one member type; open-ended, the billing run is the renewal."""

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="memberships"
    )
    member_type = models.ForeignKey(
        "contacts.MemberType", on_delete=models.PROTECT, related_name="memberships"
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    end_reason = models.CharField(
        _("ended because"), max_length=20, choices=EndReason.choices, blank=True
    )
    # When notice was given, for rules such as "two months before 31 December".
    notice_on = models.DateField(_("notice given"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)

    history = HistoricalRecords()
    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["-valid_from"]
        default_permissions = ("add", "change", "view")
        permissions = [
            ("export_membership", _("Can export memberships")),
            ("suspend_membership", _("Can suspend and reinstate a member")),
            ("end_membership", _("Can end a membership")),
            ("remove_membership", _("Can remove a member for arrears")),
            ("exclude_membership", _("Can exclude a member and take an appeal")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(valid_until__isnull=True),
                name="contacts_membership_one_open",
            ),
            span("contacts_membership_span"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | ~models.Q(end_reason=""),
                name="contacts_membership_end_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_type} {self.valid_from:%Y-%m-%d}"


class Suspension(models.Model):
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="suspensions"
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=12, choices=SuspensionReason.choices)
    # Whether organisations below this lead are suspended with it.
    flows_down = models.BooleanField(_("includes those below"), default=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    history = HistoricalRecords()
    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        ordering = ["-valid_from"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(valid_until__isnull=True),
                name="contacts_suspension_one_open",
            ),
            span("contacts_suspension_span"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.valid_from:%Y-%m-%d}"


class OrganisationLink(models.Model):
    """``organisation`` belongs to the consortium of, or is sponsored by, ``lead``; dated."""

    kind = models.CharField(_("kind"), max_length=12, choices=LinkKind.choices)
    lead = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="led_links"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="lead_links"
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)

    history = HistoricalRecords()
    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("consortium or sponsor link")
        verbose_name_plural = _("consortium and sponsor links")
        ordering = ["-valid_from"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "organisation"],
                condition=models.Q(valid_until__isnull=True),
                name="contacts_link_one_open",
            ),
            models.CheckConstraint(
                condition=~models.Q(lead=models.F("organisation")), name="contacts_link_not_self"
            ),
            span("contacts_link_span"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.lead}"


class MembershipAct(models.Model):
    """The register of legal acts on a membership: what was decided when, from when, why, by whom.

    Written by the services beside the dated rows, never changed and never deleted.
    """

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="membership_acts"
    )
    kind = models.CharField(_("act"), max_length=20, choices=ActKind.choices)
    # The day of the decision, or on which the notice was received.
    decided_on = models.DateField(_("decided or received"))
    # The first day on which it holds.
    effective_on = models.DateField(_("effective from"))
    reason = models.TextField(_("reason"), max_length=5000, blank=True)
    # Codes, ids and dates: {"member_type", "lead", "hearing_on", …}
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    actor = models.CharField(_("by"), max_length=60)
    acted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("act on a membership")
        verbose_name_plural = _("acts on memberships")
        ordering = ["-created_at", "-id"]
        default_permissions = ("view",)
        constraints = [state_constraint("contacts_act_kind_known", ActKind, field="kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective_on:%Y-%m-%d}"
