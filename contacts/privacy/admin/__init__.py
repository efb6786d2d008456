from contacts.privacy.admin.cases import NEW_CASE, PrivacyCaseAdmin
from contacts.privacy.admin.processors import ProcessorAdmin, ProcessorTaskAdmin

__all__ = ["NEW_CASE", "PrivacyCaseAdmin", "ProcessorAdmin", "ProcessorTaskAdmin"]
