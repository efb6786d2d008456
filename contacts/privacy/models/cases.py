"""A request of a person about their data, from first contact to proof."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.personal_data import FINDERS
from backoffice.core.transitions import state_constraint
from contacts.privacy import words
from contacts.privacy.enums import (
    CaseKind,
    CaseState,
    Channel,
    Exception17,
    Ground,
    Outcome,
    PlanAction,
)


class PrivacyCase(models.Model):
    """No history table: the audit chain ``case:N`` proves every step without a value."""

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=14, choices=CaseKind.choices)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    state = models.CharField(
        _("state"), max_length=16, choices=CaseState.choices, default=CaseState.RECEIVED
    )
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=Outcome.choices, blank=True, default=""
    )
    # Day of the first contact, not of the entry.
    received_on = models.DateField(_("received"))
    due_on = models.DateField(_("due"))
    extended_until = models.DateField(_("extended until"), null=True, blank=True)
    extension_reason = models.CharField(_("reason of extension"), max_length=300, blank=True)
    # Kept until the answer has been sent and some days more; then NULL.
    address = models.CharField(_("answer to"), max_length=254, null=True, blank=True)
    address_hash = models.CharField(max_length=64, db_index=True, editable=False)
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    raw_text = models.TextField(_("request as received"), blank=True)
    raw_text_until = models.DateField(_("text kept until"), null=True, blank=True)
    # What the words of the mail seem to ask for: kinds, never words.
    suggested = models.JSONField(_("seems to ask for"), default=list, blank=True)
    # The person wrote again and nobody has read it yet.
    unread_since = models.DateTimeField(_("unread since"), null=True, blank=True)
    source_key = models.CharField(_("source"), max_length=160, null=True, blank=True, unique=True)
    # Where it came from in a help desk: "zendesk:5158"; never the conversation.
    ticket = models.CharField(_("ticket"), max_length=80, blank=True)
    # Art. 18 (3) GDPR: the person is told before a restriction is lifted.
    restriction_ends_on = models.DateField(_("restriction ends"), null=True, blank=True)
    contact = models.ForeignKey(
        "contacts.Contact",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="privacy_cases",
        verbose_name=_("contact"),
    )
    identity_token_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    identity_asked_on = models.DateField(_("identity asked on"), null=True, blank=True)
    identity_confirmed_at = models.DateTimeField(_("identity confirmed"), null=True, blank=True)
    ground = models.CharField(
        _("ground"), max_length=6, choices=Ground.choices, default=Ground.NOT_NEEDED
    )
    plan_sha256 = models.CharField(_("plan hash"), max_length=64, blank=True)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    executed_at = models.DateTimeField(_("executed"), null=True, blank=True)
    scanned_at = models.DateTimeField(_("scanned"), null=True, blank=True)
    # Places, never values; one that staff justified carries the reason under "why".
    scan_findings = models.JSONField(_("scan findings"), default=list, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    certificate = models.ForeignKey(
        "core.StoredDocument", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_cases"
    )

    class Meta:
        verbose_name = _("privacy case")
        verbose_name_plural = _("privacy cases")
        ordering = ["due_on", "id"]
        default_permissions = ("add", "view")
        permissions = [
            ("plan_privacycase", _("Can plan a privacy case")),
            ("approve_privacycase", _("Can approve a plan")),
            ("execute_privacycase", _("Can execute and close a case")),
        ]
        constraints = [
            state_constraint("privacy_case_state_known", CaseState),
            models.UniqueConstraint(
                fields=["address_hash", "kind"],
                condition=~models.Q(state="closed"),
                name="privacy_case_one_open",
            ),
            models.CheckConstraint(
                name="privacy_case_approved_facts",
                condition=~models.Q(state__in=["approved", "executing"])
                | (models.Q(approved_at__isnull=False) & ~models.Q(plan_sha256="")),
            ),
            models.CheckConstraint(
                name="privacy_case_closed_facts",
                condition=~models.Q(state="closed")
                | (models.Q(closed_at__isnull=False) & ~models.Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class PlanItem(models.Model):
    """One category of rows of one model: what happens to it and why. Row ids only."""

    case = models.ForeignKey(PrivacyCase, on_delete=models.CASCADE, related_name="plan")
    finder = models.CharField(_("finder"), max_length=80)
    model = models.CharField(_("data"), max_length=80)
    category = models.CharField(_("category"), max_length=20)
    action = models.CharField(_("action"), max_length=12, choices=PlanAction.choices)
    basis = models.CharField(_("basis"), max_length=40)
    law = models.CharField(_("law or rule"), max_length=60, blank=True)
    keep_until = models.DateField(_("kept until"), null=True, blank=True)
    rows = models.PositiveIntegerField(_("rows"))
    row_ids = models.JSONField(_("row ids"), default=list)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("plan item")
        verbose_name_plural = _("plan")
        ordering = ["id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.model} {self.action}"

    @property
    def data(self) -> str:
        return words.data(self.model)

    @property
    def category_words(self) -> str:
        return words.category(self.category)

    @property
    def law_words(self) -> str:
        return words.law(self.law)


class PlanDecision(models.Model):
    """What staff decided about one kind of data that no rule settles; a new plan takes it over."""

    case = models.ForeignKey(PrivacyCase, on_delete=models.CASCADE, related_name="decisions")
    finder = models.CharField(_("data"), max_length=80)
    # Empty: it goes. Otherwise the exception under which it stays.
    exception = models.CharField(
        _("exception"), max_length=12, choices=Exception17.choices, blank=True
    )
    keep_until = models.DateField(_("kept until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("decision about data")
        verbose_name_plural = _("decisions about data")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["case", "finder"], name="privacy_decision_once"),
            models.CheckConstraint(
                name="privacy_decision_facts",
                condition=models.Q(exception="", keep_until__isnull=True)
                | (~models.Q(exception="") & models.Q(keep_until__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finder} {self.exception}"

    @property
    def data(self) -> str:
        return words.data(FINDERS.get(self.finder).label)
