"""Published tariffs and counted usage: what a run is computed from."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from billing.enums import SnapshotState


class FeeSchedule(models.Model):
    """One version of one tariff. ``data`` is the JSON that billing.fees reads.

    A version that has computed a run never changes; a new version replaces it for later runs.
    """

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"))
    agency = models.CharField(_("agency"), max_length=20)
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    data = models.JSONField(_("components"), encoder=DjangoJSONEncoder)
    digest = models.CharField("SHA-256", max_length=64)
    source = models.CharField(_("source"), max_length=300)
    loaded_at = models.DateTimeField(_("loaded"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("fee schedule")
        verbose_name_plural = _("fee schedules")
        ordering = ["code", "-version"]
        default_permissions = ("add", "view")
        permissions = [("simulate_fees", _("Can simulate fees"))]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="billing_schedule_version"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="billing_schedule_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class UsageSnapshot(models.Model):
    """Registrations counted for one calendar year, frozen when sealed."""

    year = models.PositiveSmallIntegerField(_("year counted"))
    title = models.CharField(_("title"), max_length=120)
    # Where the figures come from and with which question, e.g. the registry's address and filter.
    source = models.CharField(_("source"), max_length=300)
    counted_at = models.DateTimeField(_("counted"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=SnapshotState.choices, default=SnapshotState.OPEN
    )
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    sealed_at = models.DateTimeField(_("sealed"), null=True, blank=True)
    sealed_by = models.CharField(_("sealed by"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("usage snapshot")
        verbose_name_plural = _("usage snapshots")
        ordering = ["-year", "-id"]
        default_permissions = ("add", "change", "view")
        permissions = [("seal_usagesnapshot", _("Can seal usage figures"))]
        constraints = [
            state_constraint("billing_snapshot_state_known", SnapshotState),
            models.CheckConstraint(
                name="billing_snapshot_sealed_facts",
                condition=~models.Q(state="sealed")
                | (~models.Q(digest="") & models.Q(sealed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})"


class UsageRow(models.Model):
    """A count of one organisation, per repository and content type where the source says so."""

    snapshot = models.ForeignKey(UsageSnapshot, on_delete=models.CASCADE, related_name="rows")
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="usage_rows"
    )
    repository = models.ForeignKey(
        "contacts.Repository",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="usage_rows",
    )
    content_type = models.CharField(_("content type"), max_length=40, blank=True)
    vintage = models.CharField(_("vintage"), max_length=8, blank=True)
    quarter = models.PositiveSmallIntegerField(_("quarter"), default=0)
    count = models.PositiveBigIntegerField(_("registrations"))
    # A reasoned override by staff keeps the counted figure beside it.
    counted = models.PositiveBigIntegerField(_("as counted"), null=True, blank=True)
    reason = models.CharField(_("why changed"), max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("usage figure")
        verbose_name_plural = _("usage figures")
        default_permissions = ("change", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "organisation", "content_type", "vintage", "quarter"],
                condition=models.Q(repository__isnull=True),
                name="billing_usage_once_per_organisation",
            ),
            models.UniqueConstraint(
                fields=["snapshot", "repository", "content_type", "vintage", "quarter"],
                name="billing_usage_once_per_repository",
            ),
            models.CheckConstraint(
                condition=models.Q(counted__isnull=True) | ~models.Q(reason=""),
                name="billing_usage_override_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(quarter__lte=4), name="billing_usage_quarter_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.count}"


class BillingProfile(models.Model):
    """What a payer wants on its invoices."""

    organisation = models.OneToOneField(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="billing_profile"
    )
    order_reference = models.CharField(_("purchase order number"), max_length=60, blank=True)
    order_valid_for = models.PositiveSmallIntegerField(
        _("valid for the year"), null=True, blank=True
    )
    buyer_reference = models.CharField(_("buyer reference"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("billing profile")
        verbose_name_plural = _("billing profiles")
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return str(self.organisation)


class VatCheck(models.Model):
    """One answer about a VAT id: valid, invalid or unknown; the newest one counts."""

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="vat_checks"
    )
    vat_id = models.CharField(_("VAT id"), max_length=20)
    answer = models.CharField(_("answer"), max_length=8)
    source = models.CharField(_("source"), max_length=8)
    request_id = models.CharField(_("request id"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    checked_at = models.DateTimeField(_("checked"))

    class Meta:
        verbose_name = _("VAT id check")
        verbose_name_plural = _("VAT id checks")
        ordering = ["-checked_at", "-id"]
        default_permissions = ("add", "view")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer__in=["valid", "invalid", "unknown"]),
                name="billing_vatcheck_answer",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=["offline", "online", "staff"]),
                name="billing_vatcheck_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vat_id}: {self.answer}"
