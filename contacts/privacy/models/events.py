"""Events of a help desk that were taken, by number only."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HelpdeskEvent(models.Model):
    event_key = models.CharField(_("event"), max_length=160, unique=True)
    ticket = models.CharField(_("ticket"), max_length=80)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    result = models.CharField(_("result"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("event of a help desk")
        verbose_name_plural = _("events of a help desk")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.ticket
