"""Duties as data: role types, member types, rules, and the dated assignments."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contacts.enums import DutyRuleKind
from contacts.querysets import DatedQuerySet


class RoleType(models.Model):
    code = models.SlugField(_("code"), max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=80)
    label_de = models.CharField(_("label in German"), max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    votes = models.BooleanField(_("votes"), default=False)
    bills = models.BooleanField(_("receives invoices"), default=False)
    person_required = models.BooleanField(_("must be a person"), default=False)
    # Roles beside the agreed set: the person is asked first (asked on / agreed on).
    optional = models.BooleanField(_("optional, asked first"), default=False)
    # Codes of mail classes this duty receives: "governance", "contract", "service".
    receives = models.JSONField(_("receives"), default=list, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("role type")
        verbose_name_plural = _("role types")
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label


class MemberType(models.Model):
    code = models.CharField(_("code"), max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=80)
    label_de = models.CharField(_("label in German"), max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    votes = models.BooleanField(_("has a vote"), default=True)
    leads = models.BooleanField(_("leads a consortium or sponsors"), default=False)
    # "consortium" or "sponsor" when members of this type stand below a lead.
    led_by = models.CharField(_("stands below"), max_length=12, blank=True)
    billed = models.BooleanField(_("is billed itself"), default=True)
    uses_registry = models.BooleanField(_("registers DOIs"), default=True)
    holds_repositories = models.BooleanField(_("may hold repositories itself"), default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("member type")
        verbose_name_plural = _("member types")
        ordering = ["position"]

    def __str__(self) -> str:
        return self.label


class DutyRule(models.Model):
    """A rule about duties for one member type (or all), checked by the service."""

    kind = models.CharField(_("rule"), max_length=20, choices=DutyRuleKind.choices)
    member_type = models.ForeignKey(
        MemberType, null=True, blank=True, on_delete=models.CASCADE, related_name="duty_rules"
    )
    role_type = models.ForeignKey(
        RoleType, null=True, blank=True, on_delete=models.CASCADE, related_name="rules"
    )
    # DISTINCT: {"addresses": 3, "roles": ["primary", …]}
    parameter = models.JSONField(_("parameter"), default=dict, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("duty rule")
        verbose_name_plural = _("duty rules")
        constraints = [
            models.UniqueConstraint(
                "kind",
                Coalesce("member_type", 0),
                Coalesce("role_type", 0),
                name="contacts_dutyrule_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.role_type or ''}".strip()


class RoleAssignment(models.Model):
    """Who holds which duty for which organisation, from when to when.

    Order 1 is the holder, 2, 3… are deputies (the registry's ``secondary…`` roles are order 2).
    Changed by ending one row and starting another, never by editing the person.
    """

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="duties"
    )
    contact = models.ForeignKey("contacts.Contact", on_delete=models.PROTECT, related_name="duties")
    role_type = models.ForeignKey(RoleType, on_delete=models.PROTECT, related_name="assignments")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    asked_on = models.DateField(_("asked on"), null=True, blank=True)
    agreed_on = models.DateField(_("agreed on"), null=True, blank=True)
    # Copied from the ONE_ORGANISATION rule so that the database can hold it while open.
    exclusive = models.BooleanField(default=False, editable=False)
    # Mail to the holder does not arrive: unsubscribed, bounced, on hold.
    unreachable_since = models.DateField(_("unreachable since"), null=True, blank=True)
    unreachable_reason = models.CharField(_("why unreachable"), max_length=40, blank=True)
    end_reason = models.CharField(_("ended because"), max_length=40, blank=True)

    history = HistoricalRecords()
    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        ordering = ["organisation_id", "role_type_id", "order"]
        default_permissions = ("add", "change", "view")
        permissions = [("export_roleassignment", _("Can export duties"))]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "role_type", "order"],
                condition=models.Q(valid_until__isnull=True),
                name="contacts_duty_one_open_holder",
            ),
            models.UniqueConstraint(
                fields=["contact", "role_type"],
                condition=models.Q(valid_until__isnull=True, exclusive=True),
                name="contacts_duty_exclusive",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="contacts_duty_span",
            ),
            models.CheckConstraint(
                condition=models.Q(order__gte=1), name="contacts_duty_order_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role_type} {self.order}"
