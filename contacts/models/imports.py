"""Imports: the file, the tested plan row by row, and the journal that takes it back."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.transitions import state_constraint
from contacts.enums import ImportState, RowOutcome


class ImportRun(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    file = models.ForeignKey(
        "core.StoredDocument", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    file_sha256 = models.CharField(_("file hash"), max_length=64)
    dialect = models.JSONField(_("as read"), default=dict)
    mapping = models.JSONField(_("columns"), default=dict, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    # Rises with each set of decisions, so that two people never decide over each other.
    decided = models.PositiveIntegerField(_("sets of decisions"), default=0)
    plan_sha256 = models.CharField(_("plan hash"), max_length=64, blank=True)
    read = models.PositiveIntegerField(_("read"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    next_row = models.PositiveIntegerField(_("applied up to row"), default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    journal_expires_on = models.DateField(_("journal kept until"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]
        default_permissions = ("add", "view")
        permissions = [("undo_importrun", _("Can take an import back"))]
        constraints = [state_constraint("contacts_import_state_known", ImportState)]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"


class ImportRow(models.Model):
    """One row of the file: what happened and why; ``journal`` holds before and after for undo.

    Personal data with its own expiry (``ImportRun.journal_expires_on``).
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("result"), max_length=10, choices=RowOutcome.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # What a person must decide (see contacts.imports.decisions), and the answers only this row has.
    question = models.CharField(_("question"), max_length=20, blank=True)
    # What the row differs from: "contact:12", "organisation:12".
    known = models.CharField(_("what is known"), max_length=40, blank=True)
    choices = models.JSONField(_("answers of this row"), default=list, blank=True)
    # The changed rows: [{"model", "pk", "created", "before": {...}, "after": {...}}]
    journal = models.JSONField(_("journal"), default=list, blank=True)
    # The cells as read, kept for decision and rejected rows only.
    cells = models.JSONField(_("cells"), default=dict, blank=True)

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        ordering = ["number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="contacts_importrow_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.outcome}"


class SavedMapping(models.Model):
    """Column mapping kept for a kind and the header it was made for."""

    kind = models.CharField(_("kind"), max_length=40)
    header_sha256 = models.CharField(_("header hash"), max_length=64)
    mapping = models.JSONField(_("columns"), default=dict)

    class Meta:
        verbose_name = _("saved column mapping")
        verbose_name_plural = _("saved column mappings")
        constraints = [
            models.UniqueConstraint(fields=["kind", "header_sha256"], name="contacts_mapping_once")
        ]

    def __str__(self) -> str:
        return self.kind
