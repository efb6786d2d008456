"""What is known of each record on the other side."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.transitions import state_constraint
from contacts.sync.enums import SyncState, System


class SyncRecord(models.Model):
    """One record of ours and its counterpart. No value of it is kept, only a keyed hash of what was
    sent last, so that a removal of the person leaves nothing here."""

    system = models.CharField(_("system"), max_length=12, choices=System.choices)
    object_type = models.CharField(_("object"), max_length=40)
    # External id over there: the symbol of an organisation, a random-looking key of a contact.
    key = models.CharField(_("external id"), max_length=64)
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+",
        verbose_name=_("organisation"),
    )  # fmt: skip
    contact = models.ForeignKey(
        "contacts.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("contact"),
    )  # fmt: skip
    remote_id = models.CharField(_("id over there"), max_length=18, blank=True)
    sent_hash = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=SyncState.choices)
    # Error code of the other side and the fields it names; never its message, which repeats values.
    code = models.CharField(_("reason"), max_length=80, blank=True)
    fields = models.CharField(_("fields"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("last sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("record in another system")
        verbose_name_plural = _("records in other systems")
        ordering = ["-sent_at", "-id"]
        default_permissions = ("view",)
        permissions = [("run_sync", _("Can start a sync, test a connection and retry a record"))]
        constraints = [
            models.UniqueConstraint(
                fields=["system", "object_type", "key"], name="sync_record_once"
            ),
            state_constraint("sync_record_state_known", SyncState),
        ]
        indexes = [models.Index(fields=["system", "state"], name="sync_record_state")]

    def __str__(self) -> str:
        return f"{self.object_type} {self.key}"
