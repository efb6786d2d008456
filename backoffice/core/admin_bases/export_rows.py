"""The rows of an export: a resource of django-import-export with labels as headings and cells that
no spreadsheet takes for a formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from import_export.fields import Field
from import_export.resources import ModelResource, modelresource_factory
from import_export.widgets import Widget

from backoffice.core.texts import harmless_cell

CHUNK = 2000


class HarmlessWidget(Widget):
    """Values as text; what begins like a formula is quoted."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return harmless_cell(value)


class ExportResource(ModelResource):
    """Reads rows in chunks; a column through a relation takes no query of its own."""

    def get_chunk_size(self) -> int:
        return CHUNK

    def lines(self, rows: models.QuerySet) -> Iterator[list[str]]:
        """The heading, then each row, as the columns were chosen."""
        columns = [self.fields[name] for name in self.get_export_order()]
        yield [column.column_name for column in columns]
        through = {c.attribute.rpartition("__")[0] for c in columns if "__" in c.attribute}
        plain = rows.order_by("pk").prefetch_related(None).select_related(None)
        for record in self.iter_queryset(plain.select_related(*through) if through else plain):
            yield [self.export_field(column, record) for column in columns]


def label_of(model: type[models.Model], name: str) -> str:
    """What a column is called: the field's label, through a relation behind the relation's, or its
    name in words."""
    first, _dots, rest = name.partition("__")
    try:
        field = model._meta.get_field(first)
    except FieldDoesNotExist:
        return name.replace("__", " ").replace("_", " ")
    label = str(getattr(field, "verbose_name", first))
    if not rest or field.related_model is None:
        return label
    return f"{label}: {label_of(cast(type[models.Model], field.related_model), rest)}"


def export_resource(model: type[models.Model], names: Sequence[str]) -> ExportResource:
    """The resource of these columns: fields of the model, of its relations ("topic__code"), or what
    the query adds to each row."""
    columns = {
        name: Field(
            attribute=name, column_name=harmless_cell(label_of(model, name)), readonly=True,
            widget=HarmlessWidget(),
        )
        for name in names
    }  # fmt: skip
    made = modelresource_factory(
        model,
        resource_class=ExportResource,
        meta_options={"fields": tuple(names), "export_order": tuple(names)},
        custom_fields=columns,
    )
    return made()
