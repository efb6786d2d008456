"""Board memory: bodies, their seats, and who sat when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from governance.enums import BodyKind, TermOrigin
from governance.querysets import TermQuerySet


class Body(models.Model):  # type: ignore[django-manager-missing]
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_de = models.CharField(_("name in German"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=BodyKind.choices)
    term_years = models.PositiveSmallIntegerField(_("years of a term"), default=3)
    # 0: no limit. Counts full terms in a row of one person.
    terms_in_row = models.PositiveSmallIntegerField(_("terms in a row"), default=0)
    # Whether a seat belongs to the member organisation (Crossref) or to the person (DataCite).
    seat_of_organisation = models.BooleanField(_("seats belong to the member"), default=False)
    one_seat_per_member = models.BooleanField(
        _("one seat a member"),
        default=False,
        help_text=_("A member that sits already cannot stand while its term goes on."),
    )
    slate_exceeds_seats = models.BooleanField(
        _("slate exceeds the seats"),
        default=False,
        help_text=_("The committee lists more candidates than there are seats."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):  # type: ignore[django-manager-missing]
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="seats")
    code = models.SlugField(_("code"), max_length=40)
    label = models.CharField(_("label"), max_length=120)
    # "small", "large", "office"…: seats of one class are filled from one list.
    seat_class = models.SlugField(_("class"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    ex_officio = models.BooleanField(_("ex officio"), default=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["body_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["body", "code"], name="governance_seat_code")
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.label}"


class Term(models.Model):
    """One person (or member with its person) on one seat. Ended, never overwritten."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="terms")
    contact = models.ForeignKey(
        "contacts.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    origin = models.CharField(_("came by"), max_length=12, choices=TermOrigin.choices)
    election = models.ForeignKey(
        "governance.Election",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="terms",
    )
    # A co-opted member sits until the assembly has ratified it.
    ratified_on = models.DateField(_("ratified by the assembly"), null=True, blank=True)
    end_reason = models.CharField(_("ended because"), max_length=120, blank=True)
    history = HistoricalRecords()
    objects = TermQuerySet.as_manager()  # type: ignore[django-manager-missing]

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["-valid_from"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["seat"],
                condition=models.Q(valid_until__isnull=True),
                name="governance_term_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="governance_term_span",
            ),
            models.CheckConstraint(
                condition=models.Q(contact__isnull=False) | models.Q(organisation__isnull=False),
                name="governance_term_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} {self.valid_from:%Y-%m-%d}"
