"""Membership as dated rows; standing on a day is computed from them, never stored."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from contacts.enums import ApplicationState, EndReason, LinkKind, SuspensionReason
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
            ("suspend_membership", _("Can suspend and reinstate a member")),
            ("end_membership", _("Can end a membership")),
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


class MembershipApplication(models.Model):
    """The state machine from the public form to the member."""

    organisation_name = models.CharField(_("legal name"), max_length=400)
    country = models.CharField(_("country"), max_length=2)
    website = models.CharField(_("web site"), max_length=500, blank=True)
    ror_id = models.CharField(_("ROR id"), max_length=40, blank=True)
    street = models.CharField(_("street"), max_length=400, blank=True)
    post_code = models.CharField(_("post code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=30, blank=True)
    member_type = models.ForeignKey(
        "contacts.MemberType", on_delete=models.PROTECT, verbose_name=_("member type")
    )
    lead = models.ForeignKey(
        "contacts.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="applications_below",
        verbose_name=_("consortium or sponsor"),
    )
    for_profit = models.BooleanField(_("for-profit"), default=False)
    annual_revenue = models.DecimalField(
        _("annual revenue"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    doi_estimate = models.PositiveIntegerField(_("DOI estimate, first year"), null=True, blank=True)
    # [{"roles": ["voting"], "given_name", "family_name", "email"}]
    contacts = models.JSONField(_("contacts"), default=list)
    effective_on = models.DateField(_("wished start"), null=True, blank=True)
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=ApplicationState.choices,
        default=ApplicationState.APPLIED,
    )
    applied_at = models.DateTimeField(_("received"), auto_now_add=True)
    review_notes = models.TextField(_("review notes"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_on = models.DateField(_("decided"), null=True, blank=True)
    refusal_reason = models.TextField(_("reason of refusal"), blank=True)
    agreement_version = models.CharField(_("agreement version"), max_length=40, blank=True)
    agreement_sha256 = models.CharField(_("agreement hash"), max_length=64, blank=True)
    signing_token_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    signed_on = models.DateField(_("signed"), null=True, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=200, blank=True)
    countersigned_on = models.DateField(_("countersigned"), null=True, blank=True)
    agreement_file = models.ForeignKey(
        "core.StoredDocument", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="applications",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("membership application")
        verbose_name_plural = _("membership applications")
        ordering = ["-applied_at"]
        default_permissions = ("add", "change", "view")
        permissions = [("decide_membershipapplication", _("Can approve or refuse applications"))]
        constraints = [
            state_constraint("contacts_application_state_known", ApplicationState),
            models.CheckConstraint(
                condition=~models.Q(state="accepted") | models.Q(organisation__isnull=False),
                name="contacts_application_accepted_facts",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="declined") | ~models.Q(refusal_reason=""),
                name="contacts_application_declined_facts",
            ),
        ]

    def __str__(self) -> str:
        return self.organisation_name
