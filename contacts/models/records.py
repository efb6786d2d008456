"""What staff keep on a record: notes, files, tasks; and the hand-over of a duty."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from contacts.enums import ReviewState


class OnRecord(models.Model):
    """Sits on an organisation or a contact (or both)."""

    organisation = models.ForeignKey(
        "contacts.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
    )
    contact = models.ForeignKey(
        "contacts.Contact",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True


class Note(OnRecord):
    text = models.TextField(_("note"), max_length=10_000)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=False) | models.Q(contact__isnull=False),
                name="contacts_note_on_record",
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]


class AttachedFile(OnRecord):
    title = models.CharField(_("title"), max_length=200)
    document = models.ForeignKey("core.StoredDocument", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title


class FollowUp(OnRecord):
    """A task of staff with a due day; ``code`` tells apart those that services open themselves."""

    code = models.CharField(_("kind"), max_length=40, blank=True, db_index=True)
    title = models.CharField(_("task"), max_length=200)
    details = models.TextField(_("details"), blank=True)
    about = models.CharField(_("about"), max_length=80, blank=True, db_index=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                "code",
                "about",
                Coalesce("organisation", 0),
                condition=models.Q(done_at__isnull=True) & ~models.Q(code=""),
                name="contacts_followup_once_open",
            )
        ]

    def __str__(self) -> str:
        return self.title


class HandOver(models.Model):
    """A one-time link by which another contact names the successor of a duty; staff approve."""

    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="handovers"
    )
    role_type = models.ForeignKey("contacts.RoleType", on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField(default=1)
    asked_contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.PROTECT, related_name="handovers_asked"
    )
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)
    asked_on = models.DateField(_("asked"))
    expires_on = models.DateField(_("expires"))
    state = models.CharField(
        _("state"), max_length=10, choices=ReviewState.choices, default=ReviewState.ASKED
    )
    given_name = models.CharField(_("given name"), max_length=200, blank=True)
    family_name = models.CharField(_("family name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    # What asked for it, as ``app.model:pk`` (a privacy case, a confirmation); empty: staff.
    about = models.CharField(_("about"), max_length=80, blank=True, db_index=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_on = models.DateField(_("decided"), null=True, blank=True)
    refusal_reason = models.CharField(_("reason of refusal"), max_length=300, blank=True)
    history = HistoricalRecords(excluded_fields=["token_hash"])

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-asked_on"]
        default_permissions = ("view",)
        permissions = [
            ("ask_handover", _("Can ask for the hand-over of a duty")),
            ("decide_handover", _("Can approve a hand-over")),
        ]
        constraints = [
            state_constraint("contacts_handover_state_known", ReviewState),
            models.UniqueConstraint(
                fields=["organisation", "role_type", "order"],
                condition=models.Q(state__in=["asked", "answered"]),
                name="contacts_handover_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role_type} {self.organisation}"
