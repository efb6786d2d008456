from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class JobState(TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


JOB_TRANSITIONS: dict[str, frozenset[str]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.DONE, JobState.FAILED, JobState.QUEUED}),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.DONE: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class StorageState(TextChoices):
    """A stored document: its row comes first, its bytes second, its hash third."""

    PENDING = "pending", _("Pending")
    STORED = "stored", _("Stored")
    FAILED = "failed", _("Failed")


STORAGE_TRANSITIONS: dict[str, frozenset[str]] = {
    StorageState.PENDING: frozenset({StorageState.STORED, StorageState.FAILED}),
    StorageState.FAILED: frozenset({StorageState.PENDING}),
    StorageState.STORED: frozenset(),
}
