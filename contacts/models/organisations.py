"""Organisations: a legal entity that is member, applicant or partner."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.errors import BadInput
from backoffice.core.texts import fold
from contacts.countries import region_of
from contacts.enums import (
    AddressKind,
    BusinessStatus,
    FocusArea,
    IdentifierKind,
    NameKind,
    OrganisationType,
    Region,
)
from contacts.identifiers import check_identifier
from contacts.querysets import OrganisationQuerySet


class Tag(models.Model):
    name = models.CharField(_("tag"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """``name_folded`` and ``region`` are derived on save and in bulk writes (see services)."""

    name = models.CharField(_("legal name"), max_length=400)
    display_name = models.CharField(_("display name"), max_length=400, blank=True)
    name_folded = models.CharField(max_length=820, editable=False, db_index=True)
    country = models.CharField(_("country"), max_length=2, blank=True, db_index=True)
    region = models.CharField(
        _("region"), max_length=4, blank=True, choices=Region.choices, editable=False
    )
    organisation_type = models.CharField(
        _("type"), max_length=30, choices=OrganisationType.choices, blank=True
    )
    focus_area = models.CharField(
        _("focus area"), max_length=30, choices=FocusArea.choices, blank=True
    )
    for_profit = models.BooleanField(_("for-profit"), default=False)
    # Whole units of the agency's currency; publishing revenue or expenses, whichever is higher.
    annual_revenue = models.DecimalField(
        _("annual revenue"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    doi_estimate = models.PositiveIntegerField(_("DOI estimate, first year"), null=True, blank=True)
    business_status = models.CharField(
        _("tax status"),
        max_length=14,
        choices=BusinessStatus.choices,
        default=BusinessStatus.UNKNOWN,
    )
    business_evidence_on = models.DateField(_("evidence of"), null=True, blank=True)
    website = models.CharField(_("web site"), max_length=500, blank=True)
    group_email = models.EmailField(_("group address"), blank=True)
    description = models.TextField(_("description"), blank=True)
    language = models.CharField(_("language of documents"), max_length=8, default="en-gb")
    purchase_order_needed = models.BooleanField(_("needs a purchase order number"), default=False)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("part of"),
    )
    tags = models.ManyToManyField(Tag, blank=True, verbose_name=_("tags"))
    source = models.CharField(_("source"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    archived_on = models.DateField(_("archived"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )

    history = HistoricalRecords()
    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]
        default_permissions = ("add", "change", "view")
        permissions = [
            ("merge_organisation", _("Can merge organisations")),
            ("move_organisation", _("Can move a member")),
            ("export_organisation", _("Can export organisations")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")),
                name="contacts_organisation_not_own_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(annual_revenue__isnull=True) | models.Q(annual_revenue__gte=0),
                name="contacts_organisation_revenue_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.name

    def derive(self) -> None:
        """Sets the columns that follow from others; bulk writes call it, save() does."""
        self.name_folded = fold(f"{self.name} {self.display_name}")[:820]
        self.country = self.country.upper()
        self.region = region_of(self.country)

    def save(self, *args, **kwargs) -> None:
        self.derive()
        super().save(*args, **kwargs)


class OtherName(models.Model):
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="other_names"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=NameKind.choices)
    name = models.CharField(_("name"), max_length=400)
    language = models.CharField(_("language"), max_length=8, blank=True)
    name_folded = models.CharField(max_length=400, editable=False, db_index=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("other name")
        verbose_name_plural = _("other names")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "name"], name="contacts_othername_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:
        self.name_folded = fold(self.name)[:400]
        super().save(*args, **kwargs)


class Identifier(models.Model):
    """A typed identifier in its compact form, checked by algorithm (see contacts.identifiers)."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="identifiers"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=IdentifierKind.choices)
    value = models.CharField(_("value"), max_length=80)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="contacts_identifier_unique")
        ]
        indexes = [models.Index(fields=["value"], name="contacts_identifier_value")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"

    def clean(self) -> None:
        """The compact form; what the algorithm of its kind refuses is not stored."""
        try:
            self.value = check_identifier(
                self.kind,
                self.value,
                country=self.organisation.country if self.organisation_id else "",
            )
        except BadInput as error:
            raise ValidationError({"value": error.message}) from error


class OrganisationAddress(models.Model):
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="addresses"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=AddressKind.choices)
    recipient = models.CharField(_("recipient"), max_length=400, blank=True)
    department = models.CharField(_("department"), max_length=200, blank=True)
    street = models.CharField(_("street"), max_length=400, blank=True)
    post_code = models.CharField(_("post code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    state_code = models.CharField(_("state"), max_length=10, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="contacts_address_once")
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.street, self.post_code, self.city) if part)


class Repository(models.Model):
    """A member's repository in the registry, to which DOIs are counted."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="repositories"
    )
    symbol = models.CharField(_("symbol"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=300)
    name_folded = models.CharField(max_length=300, editable=False, db_index=True)
    url = models.CharField(_("address on the web"), max_length=500, blank=True)
    client_type = models.CharField(_("type"), max_length=20, default="repository")
    system_email = models.EmailField(_("system address"), blank=True)
    description = models.TextField(_("description"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    salesforce_id = models.CharField(_("Salesforce id"), max_length=18, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")
        ordering = ["symbol"]
        default_permissions = ("add", "change", "view")
        permissions = [("move_repository", _("Can move a repository"))]

    def __str__(self) -> str:
        return f"{self.symbol} {self.name}"

    def save(self, *args, **kwargs) -> None:
        self.name_folded = fold(self.name)[:300]
        super().save(*args, **kwargs)


class RepositoryHolding(models.Model):
    """An earlier holder of a repository, up to (not including) ``valid_until``; the present one is on
    the repository itself."""

    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, related_name="holdings")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="past_repositories"
    )
    valid_until = models.DateField(_("until"))

    class Meta:
        verbose_name = _("earlier holder of a repository")
        verbose_name_plural = _("earlier holders of repositories")
        ordering = ["valid_until", "id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.repository} {self.valid_until:%Y-%m-%d}"
