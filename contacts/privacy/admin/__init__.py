from contacts.privacy.admin.cases import NEW_CASE, PrivacyCaseAdmin
from contacts.privacy.admin.processors import ProcessorAdmin, ProcessorTaskAdmin
from contacts.privacy.admin.triage import TRIAGE

__all__ = ["NEW_CASE", "TRIAGE", "PrivacyCaseAdmin", "ProcessorAdmin", "ProcessorTaskAdmin"]
