"""Foreign keys point downwards too; import-linter does not see those given as strings."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Field, Model

from tests.architecture.source import TOPS, may_import, room


def own_models() -> list[type[Model]]:
    """Every model of the project, history models included."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.split(".")[0] in TOPS
    ]


def relations(model: type[Model]) -> list[Field]:
    """The relations a model declares itself."""
    return [
        field
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and not field.auto_created
        and isinstance(field.related_model, type)
    ]


def test_no_relation_points_upwards_or_sideways() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in own_models()
        for field in relations(model)
        if field.related_model.__module__.split(".")[0] in TOPS
        and not may_import(room(model.__module__), room(field.related_model.__module__))
    ]
    assert not wrong, "\n".join(wrong)


def test_there_are_models_to_look_at() -> None:
    assert "core" in {model._meta.app_label for model in own_models()}
