"""From the public form to the member: the application, its review and its agreement."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from contacts.enums import ApplicationState, OrganisationType


def _staff(label: Any) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+", verbose_name=label,
    )  # fmt: skip


class MembershipApplication(models.Model):
    """The state machine from the public form to the member.

    What the applicant wrote stays as it was written; the organisation is made at approval.
    """

    organisation_name = models.CharField(_("legal name"), max_length=400)
    parent_name = models.CharField(_("parent organisation"), max_length=400, blank=True)
    organisation_type = models.CharField(
        _("type of organisation"), max_length=30, choices=OrganisationType.choices, blank=True
    )
    country = models.CharField(_("country"), max_length=2)
    website = models.CharField(_("web site"), max_length=500, blank=True)
    ror_id = models.CharField(_("ROR id"), max_length=40, blank=True)
    street = models.CharField(_("street"), max_length=400, blank=True)
    post_code = models.CharField(_("post code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    state_code = models.CharField(_("state"), max_length=10, blank=True)
    # Empty when it is the postal address: {"recipient", "department", "street", "post_code",
    # "city", "state_code", "country"}.
    billing_address = models.JSONField(_("billing address"), default=dict, blank=True)
    vat_id = models.CharField(_("VAT id"), max_length=30, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
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
    # What the applicant wrote; staff set ``lead`` from it.
    lead_name = models.CharField(_("consortium or sponsor named"), max_length=400, blank=True)
    for_profit = models.BooleanField(_("for-profit"), default=False)
    annual_revenue = models.DecimalField(
        _("annual revenue"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    doi_estimate = models.PositiveIntegerField(_("DOI estimate, first year"), null=True, blank=True)
    content_types = models.CharField(_("kinds of content"), max_length=300, blank=True)
    # [{"roles": ["voting"], "given_name", "family_name", "email"}]
    contacts = models.JSONField(_("contacts"), default=list)
    effective_on = models.DateField(_("wished start"), null=True, blank=True)
    message = models.TextField(_("message"), max_length=5000, blank=True)

    # The person who applies: gets every mail about the application and signs or forwards.
    applicant_given_name = models.CharField(_("given name"), max_length=200, blank=True)
    applicant_family_name = models.CharField(_("family name"), max_length=200, blank=True)
    applicant_position = models.CharField(_("position"), max_length=200, blank=True)
    applicant_email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    terms_version = models.CharField(_("terms accepted"), max_length=40, blank=True)
    confirm_token_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    # The address was confirmed by its holder; unconfirmed applications are dropped after two weeks.
    confirmed_at = models.DateTimeField(_("address confirmed"), null=True, blank=True)

    state = models.CharField(
        _("state"),
        max_length=20,
        choices=ApplicationState.choices,
        default=ApplicationState.APPLIED,
    )
    applied_at = models.DateTimeField(_("received"), auto_now_add=True)

    # Review: what was looked at before the decision.
    sanctions_note = models.TextField(_("sanctions lists"), max_length=5000, blank=True)
    sanctions_checked_on = models.DateField(_("sanctions lists checked"), null=True, blank=True)
    duplicates_note = models.TextField(_("duplicates"), max_length=5000, blank=True)
    affiliates_note = models.TextField(_("affiliates"), max_length=5000, blank=True)
    revenue_band = models.CharField(_("revenue band"), max_length=80, blank=True)
    review_notes = models.TextField(_("review notes"), blank=True)
    reviewed_by = _staff(_("reviewed by"))
    decided_by = _staff(_("decided by"))
    decided_on = models.DateField(_("decided"), null=True, blank=True)
    refusal_reason = models.TextField(_("reason of refusal"), blank=True)
    withdrawal_reason = models.TextField(_("reason of withdrawal"), blank=True)

    # Agreement: exactly this text was mailed, its hash is what was signed.
    agreement_version = models.CharField(_("agreement version"), max_length=40, blank=True)
    agreement_text = models.TextField(_("agreement text"), blank=True)
    agreement_sha256 = models.CharField(_("agreement hash"), max_length=64, blank=True)
    agreement_sent_on = models.DateField(_("agreement sent"), null=True, blank=True)
    signing_token_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    signing_until = models.DateField(_("signing link valid until"), null=True, blank=True)
    signed_on = models.DateField(_("signed"), null=True, blank=True)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=200, blank=True)
    signer_position = models.CharField(_("position of the signer"), max_length=200, blank=True)
    countersigned_on = models.DateField(_("countersigned"), null=True, blank=True)
    countersigned_by = _staff(_("countersigned by"))
    agreement_file = models.ForeignKey(
        "core.StoredDocument", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("agreement file"),
    )  # fmt: skip
    organisation = models.ForeignKey(
        "contacts.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="applications",
        verbose_name=_("organisation"),
    )

    history = HistoricalRecords(
        excluded_fields=["confirm_token_hash", "signing_token_hash", "agreement_text"]
    )

    class Meta:
        verbose_name = _("membership application")
        verbose_name_plural = _("membership applications")
        ordering = ["-applied_at"]
        default_permissions = ("view",)
        permissions = [
            ("review_membershipapplication", _("Can write the review of an application")),
            ("decide_membershipapplication", _("Can approve an application")),
            ("refuse_membershipapplication", _("Can refuse an application")),
            ("withdraw_membershipapplication", _("Can record the withdrawal of an application")),
            ("send_agreement", _("Can send an agreement for signature")),
            ("countersign_agreement", _("Can countersign an agreement")),
        ]
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
            models.CheckConstraint(
                condition=~models.Q(state__in=["agreement_sent", "agreement_signed"])
                | (~models.Q(agreement_sha256="") & ~models.Q(agreement_version="")),
                name="contacts_application_agreement_facts",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="agreement_signed")
                | (models.Q(signed_at__isnull=False) & ~models.Q(signed_by="")),
                name="contacts_application_signed_facts",
            ),
        ]

    def __str__(self) -> str:
        return self.organisation_name

    @property
    def applicant_name(self) -> str:
        return f"{self.applicant_given_name} {self.applicant_family_name}".strip()


class AgreementText(models.Model):
    """A version of the agreement in one language; published ones never change."""

    version = models.CharField(_("version"), max_length=40)
    language = models.CharField(
        _("language"), max_length=8, choices=[("en-gb", "English"), ("de", "Deutsch")],
        default="en-gb",
    )  # fmt: skip
    # Empty: for every member type that has no text of its own.
    member_type = models.ForeignKey(
        "contacts.MemberType",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="agreement_texts",
        verbose_name=_("member type"),
    )
    # Placeholders in braces: see contacts.agreement_text.
    body = models.TextField(_("text"), max_length=100_000)
    published_on = models.DateField(_("published"), null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("agreement text")
        verbose_name_plural = _("agreement texts")
        ordering = ["-published_on", "version", "language"]
        default_permissions = ("add", "change", "view")
        permissions = [("publish_agreementtext", _("Can publish an agreement text"))]
        constraints = [
            models.UniqueConstraint(
                "version",
                "language",
                Coalesce("member_type", 0),
                name="contacts_agreementtext_once",
            ),
            models.CheckConstraint(
                condition=models.Q(published_on__isnull=True) | ~models.Q(sha256=""),
                name="contacts_agreementtext_published_facts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} ({self.language})"
