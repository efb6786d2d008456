from contacts.sync.models.records import SyncRecord
from contacts.sync.models.runs import SyncRun

__all__ = ["SyncRecord", "SyncRun"]
