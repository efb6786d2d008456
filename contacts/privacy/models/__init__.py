from contacts.privacy.models.breaches import Breach
from contacts.privacy.models.cases import PlanDecision, PlanItem, PrivacyCase
from contacts.privacy.models.events import HelpdeskEvent
from contacts.privacy.models.exports import AccessExport
from contacts.privacy.models.journal import ErasureJournal
from contacts.privacy.models.processors import Processor, ProcessorTask
from contacts.privacy.models.records import ProcessingRecord
from contacts.privacy.models.retention import LegalHold, RetentionCount, RetentionRun

__all__ = [
    "AccessExport",
    "Breach",
    "ErasureJournal",
    "HelpdeskEvent",
    "LegalHold",
    "PlanDecision",
    "PlanItem",
    "PrivacyCase",
    "ProcessingRecord",
    "Processor",
    "ProcessorTask",
    "RetentionCount",
    "RetentionRun",
]
