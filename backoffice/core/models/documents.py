"""A stored file with its hash. Nothing here has a public address; views stream it after a check."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.enums import StorageState
from backoffice.core.transitions import state_constraint

REMOVED_NAME = "removed-"


class StoredDocument(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=60, db_index=True)
    subject = models.CharField(_("belongs to"), max_length=80, blank=True, db_index=True)
    file_name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("media type"), max_length=100)
    state = models.CharField(
        _("state"), max_length=10, choices=StorageState.choices, default=StorageState.PENDING
    )
    path = models.CharField(_("path in storage"), max_length=255, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    stored_at = models.DateTimeField(_("stored"), null=True, blank=True)
    delete_after = models.DateField(_("delete after"), null=True, blank=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-created_at"]
        default_permissions = ("view",)
        constraints = [
            state_constraint("core_document_state_known", StorageState),
            models.CheckConstraint(
                name="core_document_stored_facts",
                condition=~models.Q(state="stored")
                | (~models.Q(sha256="") & ~models.Q(path="") & models.Q(size__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def removed(self) -> bool:
        """Whether the bytes have been taken away; the row stays as evidence."""
        return self.file_name.startswith(REMOVED_NAME)
