"""Groups outside that mirror a topic or a segment: who may be in, and who has left by themselves."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class GroupLink(models.Model):
    """One group at Google. This system says who may be in; who left the group has left the topic."""

    name = models.CharField(_("group"), max_length=120, unique=True)
    topic = models.ForeignKey(
        "mailings.Topic", on_delete=models.PROTECT, related_name="groups", verbose_name=_("topic")
    )
    # Empty: the subscribers of the topic.
    segment = models.ForeignKey(
        "mailings.Segment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("or: everybody in"),
    )
    most_removals = models.PositiveSmallIntegerField(
        _("most removals at once, in percent"), default=10
    )
    read_at = models.DateTimeField(_("last compared"), null=True, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name"]
        default_permissions = ("view", "add", "change")
        permissions = [("apply_grouplink", _("Can carry out a comparison with a group"))]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """What is known of an address and the group since they were last compared, under the ledger's
    keyed hash: that it was in, or that staff were asked to add it."""

    group = models.ForeignKey(GroupLink, on_delete=models.CASCADE, related_name="members")
    address_hash = models.CharField(_("address hash"), max_length=64)
    was_in = models.BooleanField(_("was in the group"), default=True)

    class Meta:
        verbose_name = _("member of a group")
        verbose_name_plural = _("members of groups")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["group", "address_hash"], name="mailings_member_once")
        ]

    def __str__(self) -> str:
        return self.address_hash[:8]
