"""Figures of the privacy desk that other pages show; no names, no texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from contacts.privacy.enums import CaseKind, CaseState
from contacts.privacy.models import PrivacyCase


@dataclass(frozen=True)
class CaseCount:
    """Requests of one kind: received in a period, and those of them that are answered."""

    kind: str
    label: str
    received: int
    answered: int


def cases_of_period(*, since: date, until: date) -> list[CaseCount]:
    """Requests received within ``[since, until)``, by kind."""
    labels = dict(CaseKind.choices)
    answered = Q(state__in=[CaseState.ANSWERED, CaseState.CLOSED])
    rows = (
        PrivacyCase.objects.filter(received_on__gte=since, received_on__lt=until)
        .order_by()
        .values_list("kind")
        .annotate(received=Count("pk"), done=Count("pk", filter=answered))
    )
    return [CaseCount(kind, str(labels[kind]), n, done) for kind, n, done in sorted(rows)]
