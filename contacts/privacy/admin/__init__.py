from contacts.privacy.admin.cases import NEW_CASE, PrivacyCaseAdmin
from contacts.privacy.admin.holds import LegalHoldAdmin
from contacts.privacy.admin.processors import ProcessorAdmin, ProcessorTaskAdmin
from contacts.privacy.admin.records import ProcessingRecordAdmin
from contacts.privacy.admin.retention import RETENTION_PAGE
from contacts.privacy.admin.triage import TRIAGE

__all__ = [
    "NEW_CASE",
    "RETENTION_PAGE",
    "TRIAGE",
    "LegalHoldAdmin",
    "ProcessingRecordAdmin",
    "PrivacyCaseAdmin",
    "ProcessorAdmin",
    "ProcessorTaskAdmin",
]
