"""Series: a few mails after one another, from an entry rule to an exit rule."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.delivery.enums import MailClass
from mailings.enums import MAILING_CLASSES


class Series(models.Model):
    """People who match ``entry`` come in once; who no longer matches leaves without further mail."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    entry = models.ForeignKey(
        "mailings.Segment", on_delete=models.PROTECT, related_name="+", verbose_name=_("for")
    )
    exit = models.ForeignKey(
        "mailings.Segment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("leave when they are in"),
        help_text=_("Empty: people leave when they no longer match the entry, or at the end."),
    )
    mail_class = models.CharField(
        _("class"), max_length=12, choices=MAILING_CLASSES, default=MailClass.SERVICE
    )
    active = models.BooleanField(_("running"), default=False)
    # People who matched before this day are not drawn in when the series is switched on.
    active_from = models.DateField(_("for those who come from"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SeriesStep(models.Model):
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("step"))
    days_after = models.PositiveSmallIntegerField(_("days after entry"))
    subject = models.CharField(_("subject"), max_length=150)
    body = models.TextField(_("text"))
    subject_de = models.CharField(_("subject in German"), max_length=150, blank=True)
    body_de = models.TextField(_("text in German"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["series", "position"], name="mailings_step_once")
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.subject}"


class SeriesEntry(models.Model):
    """One person in one series, once for all time."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="entries")
    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE, related_name="+")
    entered_on = models.DateField(_("since"))
    last_step = models.PositiveSmallIntegerField(_("last step sent"), default=0)
    ended_on = models.DateField(_("left"), null=True, blank=True)
    end_reason = models.CharField(_("left because"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("person in a series")
        verbose_name_plural = _("people in series")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["series", "contact"], name="mailings_entered_once")
        ]

    def __str__(self) -> str:
        return f"{self.series} #{self.pk}"
