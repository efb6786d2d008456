"""Which agency this installation serves. One row; everything else that differs is data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Agency(models.Model):
    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    preset = models.CharField(_("preset"), max_length=20)
    # "effective_date" (DataCite) or "first_payment" (Crossref).
    activation = models.CharField(_("activation"), max_length=20, default="effective_date")
    notice_months = models.PositiveSmallIntegerField(_("months of notice"), default=2)
    # What a notice that comes too late does: it counts for the year after, or it is refused.
    late_notice = models.CharField(
        _("late notice"), max_length=10, default="next_year",
        choices=[("next_year", _("counts for the next year")), ("refuse", _("is refused"))],
    )  # fmt: skip
    # Removal for arrears: so many reminders, and so much time after the last one.
    removal_reminders = models.PositiveSmallIntegerField(_("reminders before removal"), default=2)
    removal_wait_months = models.PositiveSmallIntegerField(_("months after the last"), default=2)
    removal_wait_days = models.PositiveSmallIntegerField(_("and days"), default=0)
    appeal_months = models.PositiveSmallIntegerField(_("months to appeal an exclusion"), default=1)
    # What a member becomes when only the agreement ends; empty: the membership ends with it.
    after_agreement = models.ForeignKey(
        "contacts.MemberType", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("type after the agreement"),
    )  # fmt: skip
    # The earliest start of a new membership: so many days after the application, and whether it must
    # be the first of a month.
    start_after_days = models.PositiveSmallIntegerField(
        _("days from application to start"), default=0
    )
    starts_on_first = models.BooleanField(_("starts on the first of a month"), default=False)
    loaded_at = models.DateTimeField(_("loaded"), auto_now=True)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agency")
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="contacts_agency_single"),
            models.CheckConstraint(
                condition=models.Q(activation__in=["effective_date", "first_payment"]),
                name="contacts_agency_activation",
            ),
            models.CheckConstraint(
                condition=models.Q(late_notice__in=["next_year", "refuse"]),
                name="contacts_agency_late_notice",
            ),
        ]

    def __str__(self) -> str:
        return self.preset
