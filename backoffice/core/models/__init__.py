from backoffice.core.models.audit import AuditAnchor, AuditEvent, AuditStream
from backoffice.core.models.documents import StoredDocument
from backoffice.core.models.issuer import BankAccount, Issuer
from backoffice.core.models.jobs import JobRun, ScheduleMark, WorkerHeartbeat
from backoffice.core.models.numbering import NumberSeries
from backoffice.core.models.shell import FieldHelp, SavedView
from backoffice.core.models.user import User

__all__ = [
    "AuditAnchor",
    "AuditEvent",
    "AuditStream",
    "BankAccount",
    "FieldHelp",
    "Issuer",
    "JobRun",
    "NumberSeries",
    "SavedView",
    "ScheduleMark",
    "StoredDocument",
    "User",
    "WorkerHeartbeat",
]
