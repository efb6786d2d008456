"""Counted usage: imported, reviewed, compared with the registry, signed, sealed; and corrections."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from billing.enums import CorrectionState, DifferenceDecision, SnapshotState


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
    # Why the figures were not compared with the registry, where they were not.
    not_compared_because = models.CharField(_("not compared because"), max_length=200, blank=True)
    # Over all figures; set when a person signs, checked again when sealed.
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=60, blank=True)
    sealed_at = models.DateTimeField(_("sealed"), null=True, blank=True)
    sealed_by = models.CharField(_("sealed by"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("usage snapshot")
        verbose_name_plural = _("usage snapshots")
        ordering = ["-year", "-id"]
        default_permissions = ("add", "change", "view")
        permissions = [
            ("reconcile_usagesnapshot", _("Can compare usage figures with the registry")),
            ("sign_usagesnapshot", _("Can sign usage figures")),
            ("seal_usagesnapshot", _("Can seal usage figures")),
        ]
        constraints = [
            state_constraint("billing_snapshot_state_known", SnapshotState),
            models.CheckConstraint(
                name="billing_snapshot_sealed_facts",
                condition=~models.Q(state="sealed")
                | (~models.Q(digest="") & models.Q(sealed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="billing_snapshot_signed_facts",
                condition=~models.Q(state__in=["signed", "sealed"])
                | (~models.Q(digest="") & ~models.Q(signed_by="")),
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


class UsageComparison(models.Model):
    """One comparison of a snapshot with the registry's figures per repository."""

    snapshot = models.ForeignKey(
        UsageSnapshot, on_delete=models.CASCADE, related_name="comparisons"
    )
    source = models.CharField(_("source"), max_length=300)
    question = models.CharField(_("question asked"), max_length=300, blank=True)
    taken_at = models.DateTimeField(_("taken"))
    taken_by = models.CharField(_("taken by"), max_length=60)
    compared = models.PositiveIntegerField(_("figures compared"), default=0)
    unanswered = models.PositiveIntegerField(_("without an answer"), default=0)
    # Symbol in capitals → count, as the registry gave it; null where it gave none.
    answers = models.JSONField(_("answers"), default=dict)

    class Meta:
        verbose_name = _("usage comparison")
        verbose_name_plural = _("usage comparisons")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.source} ({self.taken_at:%Y-%m-%d})"


class UsageDifference(models.Model):
    """A figure that differs from the registry's, and what staff decided about it."""

    comparison = models.ForeignKey(
        UsageComparison, on_delete=models.CASCADE, related_name="differences"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="usage_differences"
    )
    repository = models.ForeignKey(
        "contacts.Repository",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="usage_differences",
    )
    ours = models.PositiveBigIntegerField(_("our figure"), null=True, blank=True)
    theirs = models.PositiveBigIntegerField(_("the registry's figure"), null=True, blank=True)
    decision = models.CharField(
        _("decision"),
        max_length=8,
        choices=DifferenceDecision.choices,
        default=DifferenceDecision.OPEN,
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("usage difference")
        verbose_name_plural = _("usage differences")
        ordering = ["comparison_id", "id"]
        default_permissions = ("view",)
        constraints = [
            state_constraint("billing_difference_decided", DifferenceDecision, field="decision"),
            models.CheckConstraint(
                name="billing_difference_kept_has_reason",
                condition=~models.Q(decision="kept") | ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.ours} / {self.theirs}"


class UsageCorrection(models.Model):
    """A figure of sealed and billed usage that was wrong. The next run bills or credits the
    difference; the sealed figure itself stays as it was.

    ``before`` is the figure so far, earlier corrections included; ``count`` the right one.
    """

    snapshot = models.ForeignKey(
        UsageSnapshot, on_delete=models.PROTECT, related_name="corrections"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="usage_corrections"
    )
    repository = models.ForeignKey(
        "contacts.Repository",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="usage_corrections",
    )
    content_type = models.CharField(_("content type"), max_length=40, blank=True)
    vintage = models.CharField(_("vintage"), max_length=8, blank=True)
    quarter = models.PositiveSmallIntegerField(_("quarter"), default=0)
    before = models.PositiveBigIntegerField(_("figure so far"))
    count = models.PositiveBigIntegerField(_("right figure"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(
        _("state"), max_length=10, choices=CorrectionState.choices, default=CorrectionState.OPEN
    )
    recorded_by = models.CharField(_("recorded by"), max_length=60)
    recorded_at = models.DateTimeField(_("recorded"))
    # The run that took it up; the invoice that carries its lines, none where nothing changed.
    run = models.ForeignKey(
        "billing.BillingRun",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="usage_corrections",
    )
    invoice = models.ForeignKey(
        "billing.Invoice",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="usage_corrections",
    )
    withdrawn_because = models.CharField(_("why withdrawn"), max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("usage correction")
        verbose_name_plural = _("usage corrections")
        ordering = ["-id"]
        default_permissions = ("add", "view")
        constraints = [
            state_constraint("billing_correction_state_known", CorrectionState),
            models.CheckConstraint(
                name="billing_correction_billed_facts",
                condition=models.Q(state="billed", run__isnull=False)
                | (~models.Q(state="billed") & models.Q(invoice__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["snapshot", "organisation", "content_type", "vintage", "quarter"],
                condition=models.Q(state="open", repository__isnull=True),
                name="billing_correction_one_open",
            ),
            models.UniqueConstraint(
                fields=["snapshot", "repository", "content_type", "vintage", "quarter"],
                condition=models.Q(state="open"),
                name="billing_correction_one_open_repository",
            ),
            models.CheckConstraint(
                name="billing_correction_changes", condition=~models.Q(before=models.F("count"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.before} → {self.count}"
