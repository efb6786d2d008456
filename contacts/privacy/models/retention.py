"""What the retention engine found and did, and what must not be touched meanwhile."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.transitions import state_constraint
from contacts.privacy.enums import RetentionState
from contacts.privacy.querysets import LegalHoldQuerySet


class RetentionRun(models.Model):
    """One night's run, or a count that staff asked for."""

    # The job that does it: repeated after a crash, it goes on in the same run.
    key = models.CharField(_("key"), max_length=64, unique=True)
    on = models.DateField(_("as of"))
    dry_run = models.BooleanField(_("count only"), default=False)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [
            ("count_retentionrun", _("Can have due rows counted")),
            ("release_retentionrun", _("Can release what the brake held")),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}"


class RetentionCount(models.Model):
    """What one rule found in one model: ids and values are never kept."""

    run = models.ForeignKey(RetentionRun, on_delete=models.CASCADE, related_name="counts")
    rule = models.CharField(_("rule"), max_length=40)
    model = models.CharField(_("data"), max_length=80)
    part = models.CharField(_("part"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RetentionState.choices)
    due = models.PositiveIntegerField(_("due"))
    total = models.PositiveIntegerField(_("of all"))
    # Due, but under a legal hold.
    held = models.PositiveIntegerField(_("under legal hold"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    class Meta:
        verbose_name = _("retention count")
        verbose_name_plural = _("retention counts")
        ordering = ["id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["run", "rule", "model", "part"], name="privacy_retention_count_once"
            ),
            state_constraint("privacy_retention_state_known", RetentionState),
            models.CheckConstraint(
                name="privacy_retention_released_facts",
                condition=~models.Q(state="released") | models.Q(released_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.model}"


class LegalHold(models.Model):
    """Nothing about the person or the organisation is removed from ``since`` until ``until``."""

    contact = models.ForeignKey(
        "contacts.Contact", null=True, blank=True, on_delete=models.PROTECT,
        related_name="legal_holds", verbose_name=_("contact"),
    )  # fmt: skip
    organisation = models.ForeignKey(
        "contacts.Organisation", null=True, blank=True, on_delete=models.PROTECT,
        related_name="legal_holds", verbose_name=_("organisation"),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=300)
    since = models.DateField(_("from"))
    # Exclusive; shown as the last day before it.
    until = models.DateField(_("until"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["-id"]
        default_permissions = ("add", "view", "change")
        constraints = [
            models.CheckConstraint(
                name="privacy_hold_on_one",
                condition=models.Q(contact__isnull=True, organisation__isnull=False)
                | models.Q(contact__isnull=False, organisation__isnull=True),
            ),
            models.CheckConstraint(
                name="privacy_hold_span", condition=models.Q(until__gt=models.F("since"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.organisation or self.contact)
