"""The register of processors and the tasks that removals make for them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, RollcallAdmin
from contacts.privacy.admin.forms import EvidenceForm
from contacts.privacy.enums import TaskState
from contacts.privacy.models import Processor, ProcessorTask
from contacts.privacy.services import processors


def _settle(task, actor, data, request) -> str:
    processors.settle_task(task=task, actor=actor, **data)
    return _t("The task is settled.")


@admin.register(ProcessorTask)
class ProcessorTaskAdmin(ReadOnlyAdmin):
    list_display = ("processor", "case", "state", "due_on", "evidence")
    list_select_related = ("processor", "case")
    list_filter = ("state", "processor")
    operations = (
        Operation("settle", _("Settle"), "privacy.change_processortask", _settle, form=EvidenceForm,
                  primary=True, explain=_("Tick what was done, and say what shows it."),
                  shown=lambda task: task.state == TaskState.OPEN),
    )  # fmt: skip


@admin.register(Processor)
class ProcessorAdmin(RollcallAdmin):
    list_display = ("name", "kind", "purpose", "country", "days", "active")
