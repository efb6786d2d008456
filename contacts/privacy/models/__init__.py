from contacts.privacy.models.cases import PlanDecision, PlanItem, PrivacyCase
from contacts.privacy.models.journal import ErasureJournal
from contacts.privacy.models.processors import Processor, ProcessorTask

__all__ = [
    "ErasureJournal",
    "PlanDecision",
    "PlanItem",
    "PrivacyCase",
    "Processor",
    "ProcessorTask",
]
