"""Saved views: filter, columns and sort of a list under a name."""

from __future__ import annotations

from django.db.models import Model, Q
from django.http import HttpRequest

from backoffice.core.models import SavedView


def saved_views_for(request: HttpRequest, model: type[Model]) -> list[SavedView]:
    """The person's own views of this list and the shared ones."""
    return list(
        SavedView.objects.filter(
            Q(owner=request.user) | Q(shared=True), model=model._meta.label_lower
        )
    )
