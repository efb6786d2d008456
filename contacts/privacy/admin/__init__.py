from contacts.privacy.admin.breaches import BreachAdmin
from contacts.privacy.admin.cases import NEW_CASE, PrivacyCaseAdmin
from contacts.privacy.admin.exports import EXPORT_REVIEW
from contacts.privacy.admin.holds import LegalHoldAdmin
from contacts.privacy.admin.processors import ProcessorAdmin, ProcessorTaskAdmin
from contacts.privacy.admin.records import ProcessingRecordAdmin
from contacts.privacy.admin.retention import RETENTION_PAGE
from contacts.privacy.admin.triage import TRIAGE

__all__ = [
    "BreachAdmin",
    "PAGES",
    "LegalHoldAdmin",
    "ProcessingRecordAdmin",
    "PrivacyCaseAdmin",
    "ProcessorAdmin",
    "ProcessorTaskAdmin",
]

PAGES = (NEW_CASE, TRIAGE, RETENTION_PAGE, EXPORT_REVIEW)
