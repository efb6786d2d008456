"""Imports point downwards: between the apps, and between the layers inside an app."""

from __future__ import annotations

import pytest

from tests.architecture.source import imports, may_import, module_name, room, source_files

LAYERS = {
    name: rank
    for rank, names in enumerate(
        (
            ("enums",),
            ("querysets",),
            ("models",),
            ("queries",),
            ("services",),
            ("tasks",),
            ("admin", "views", "management", "urls"),
        )
    )
    for name in names
}
# An import that breaks the order on purpose, with the reason.
ALLOWED: dict[tuple[str, str], str] = {
    ("backoffice.core.services.jobs", "backoffice.core.tasks"): (
        "the one task of the queue calls the service that queues it; imported in the function"
    ),
}
# Subqueries of a queryset name their models, inside the function: the models import the queryset.
ALLOWED_LAYERS = {("querysets", "models")}


def layer_name(module: str) -> str:
    """First part of a module's name inside its app."""
    return module.removeprefix(room(module)).strip(".").split(".")[0]


def layer(module: str) -> int | None:
    """The rank of a module's layer inside its app, None for pure modules and the app's frame."""
    return LAYERS.get(layer_name(module))


def test_no_app_imports_upwards_or_sideways() -> None:
    wrong = [
        f"{path}:{line} imports {target}"
        for path in source_files()
        for line, target in imports(path)
        if not may_import(room(module_name(path)), room(target))
        and (module_name(path), target) not in ALLOWED
    ]
    assert not wrong, "\n".join(wrong)


def test_layers_inside_an_app_import_only_to_the_left() -> None:
    wrong = []
    for path in source_files():
        name = module_name(path)
        own = layer(name)
        for line, target in imports(path):
            other = layer(target)
            if own is None or other is None or room(name) != room(target) or other <= own:
                continue
            pair = (layer_name(name), layer_name(target))
            if (name, target) not in ALLOWED and pair not in ALLOWED_LAYERS:
                wrong.append(f"{path}:{line} imports {target}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("billing", "contacts", True),
        ("contacts", "billing", False),
        ("billing", "governance", False),
        ("contacts.privacy", "contacts", True),
        ("contacts", "contacts.privacy", False),
        ("mailings", "contacts.sync", False),
        ("backoffice.core", "backoffice.delivery", False),
        ("backoffice.delivery", "backoffice.core", True),
        ("contacts", "backoffice", False),
        ("backoffice", "governance", True),
    ],
)
def test_the_rule_itself(importer: str, imported: str, allowed: bool) -> None:
    assert may_import(importer, imported) is allowed
