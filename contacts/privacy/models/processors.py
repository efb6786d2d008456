"""Systems outside this one where a person may exist, and the task a removal makes for each."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.core.transitions import state_constraint
from contacts.privacy.enums import ProcessorKind, TaskState


class Processor(models.Model):
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(
        _("kind"), max_length=12, choices=ProcessorKind.choices, default=ProcessorKind.OTHER
    )
    # Where the data are; empty: in this country.
    country = models.CharField(_("country"), max_length=2, blank=True)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    checklist = models.TextField(_("how to remove a person there"), blank=True)
    days = models.PositiveSmallIntegerField(_("days to do it"), default=14)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("processor")
        verbose_name_plural = _("processors")
        ordering = ["name"]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name

    @property
    def lines(self) -> list[str]:
        """The checklist, one step a line."""
        return [line.strip() for line in self.checklist.splitlines() if line.strip()]


class ProcessorTask(models.Model):
    case = models.ForeignKey("privacy.PrivacyCase", on_delete=models.CASCADE, related_name="tasks")
    processor = models.ForeignKey(Processor, on_delete=models.PROTECT, related_name="tasks")
    state = models.CharField(
        _("state"), max_length=10, choices=TaskState.choices, default=TaskState.OPEN
    )
    due_on = models.DateField(_("due"))
    # Numbers of the lines of the checklist that were done.
    steps = models.JSONField(_("steps done"), default=list, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("processor task")
        verbose_name_plural = _("processor tasks")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["case", "processor"], name="privacy_task_once"),
            state_constraint("privacy_task_state_known", TaskState),
            models.CheckConstraint(
                name="privacy_task_done_facts",
                condition=models.Q(state="open")
                | (models.Q(done_at__isnull=False) & ~models.Q(evidence="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.processor} ({self.get_state_display()})"
