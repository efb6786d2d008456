"""People of an election: who read it back, who holds a share or observes, who certified."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class ReadBack(models.Model):
    """One person has read the definition aloud: seats, rules, times. Two are needed to fix it."""

    election = models.ForeignKey(
        "governance.Election", on_delete=models.PROTECT, related_name="read_backs"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    definition_id = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("read-back")
        verbose_name_plural = _("read-backs")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["election", "user", "definition_id"], name="governance_readback_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.election_id}/{self.user_id}"


class Teller(models.Model):
    """Holds a share, or observes. Neither a candidate nor the one who set the election up."""

    election = models.ForeignKey(
        "governance.Election", on_delete=models.CASCADE, related_name="tellers"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    observer = models.BooleanField(_("observer only"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("teller")
        verbose_name_plural = _("tellers")
        constraints = [
            models.UniqueConstraint(fields=["election", "user"], name="governance_teller_once")
        ]

    def __str__(self) -> str:
        return str(self.user)


class Certification(models.Model):
    """A named teller signs the hashes of the outcome."""

    election = models.ForeignKey(
        "governance.Election", on_delete=models.PROTECT, related_name="certifications"
    )
    teller = models.ForeignKey(Teller, on_delete=models.PROTECT, related_name="certifications")
    report_hash = models.CharField(max_length=64)
    ballots_hash = models.CharField(max_length=64)
    signed_on = models.DateField(_("signed"))

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["election", "teller"], name="governance_certification_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.election_id}/{self.teller_id}"
