"""Contacts: a human being (or a role mailbox) with e-mail addresses, at one or many organisations."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.texts import fold
from contacts.enums import ContactKind, HoldState
from contacts.querysets import ContactQuerySet


def new_subject_key() -> uuid.UUID:
    return uuid.uuid4()


class Contact(models.Model):
    """After erasure the row stays with empty names, no address and no subject key, so that duties,
    deliveries and invoices keep pointing at "a removed person"."""

    kind = models.CharField(
        _("kind"), max_length=8, choices=ContactKind.choices, default=ContactKind.PERSON
    )
    given_name = models.CharField(_("given name"), max_length=200, blank=True)
    family_name = models.CharField(_("family name"), max_length=200, blank=True)
    name_folded = models.CharField(max_length=410, editable=False, db_index=True, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    # Where the data came from: Art. 14 (2) (f) GDPR asks for it.
    source = models.CharField(_("source"), max_length=120, blank=True)
    external_uid = models.CharField(_("registry uid"), max_length=64, blank=True, db_index=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contact",
        verbose_name=_("login"),
    )
    # Random key under which privacy records know the person; dropped at erasure.
    subject_key = models.UUIDField(
        _("subject key"),
        null=True,
        blank=True,
        unique=True,
        default=new_subject_key,
        editable=False,
    )
    tags = models.ManyToManyField("contacts.Tag", blank=True, verbose_name=_("tags"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Art. 18 GDPR: stored, but neither mailed nor exported nor matched.
    restricted_at = models.DateTimeField(_("restricted"), null=True, blank=True)
    erased_at = models.DateTimeField(_("removed"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )

    history = HistoricalRecords(excluded_fields=["subject_key"])
    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["family_name", "given_name"]
        default_permissions = ("add", "change", "view")
        permissions = [
            ("merge_contact", _("Can merge contacts")),
            ("export_contact", _("Can export contacts")),
        ]

    def __str__(self) -> str:
        if self.erased_at:
            return str(_("Removed person"))
        return self.full_name or str(_("Contact %(id)s") % {"id": self.pk})

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def derive(self) -> None:
        self.name_folded = fold(f"{self.given_name} {self.family_name}")[:410]

    def save(self, *args, **kwargs) -> None:
        self.derive()
        super().save(*args, **kwargs)


class ContactAddress(models.Model):
    """An e-mail address, in normal form (core.addresses), with its own hold state."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("contact")
    )
    # NULL after erasure.
    address = models.CharField(_("e-mail address"), max_length=254, null=True, blank=True)
    primary = models.BooleanField(_("primary"), default=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    hold_state = models.CharField(
        _("mail"), max_length=5, choices=HoldState.choices, default=HoldState.OK
    )
    # Soft bounces score 0.5, hard ones 1; held at 5 points; at most one score a day.
    bounce_score = models.DecimalField(max_digits=4, decimal_places=1, default=0)
    bounced_on = models.DateField(_("last bounce"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("e-mail address")
        verbose_name_plural = _("e-mail addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["address"],
                condition=models.Q(valid_until__isnull=True, address__isnull=False),
                name="contacts_address_one_person",
            ),
            models.UniqueConstraint(
                fields=["contact"],
                condition=models.Q(valid_until__isnull=True, primary=True),
                name="contacts_address_one_primary",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="contacts_address_span",
            ),
        ]
        indexes = [models.Index(fields=["address"], name="contacts_address_lookup")]

    def __str__(self) -> str:
        return self.address or str(_("removed address"))
