"""Every text-like field of every model has its word in the map; every writer leaves a version."""

import pytest
from django.apps import apps

from backoffice.core import personal_data
from backoffice.core.actor import Actor
from backoffice.core.personal_data import FINDERS, MAP, TEXT_LIKE
from contacts.models import Organisation
from contacts.services import import_apply, imports
from tests.factories import roll


def test_no_field_is_undeclared() -> None:
    assert personal_data.undeclared_fields() == []


def test_no_declaration_is_stale() -> None:
    assert personal_data.stale_declarations() == []


def test_the_check_can_fail(monkeypatch) -> None:
    monkeypatch.delitem(MAP._entries, "contacts.note")
    assert "contacts.note.text" in personal_data.undeclared_fields()
    assert "contacts.historicalnote.text" in personal_data.undeclared_fields()


def test_erasable_models_have_a_finder() -> None:
    """A model with a field that is erased must be found by somebody."""
    found = {finder.label.lower() for _name, finder in FINDERS}
    missing = [
        label
        for label, entry in MAP
        if any(item.erase not in ("keep",) for item in entry.personal.values())
        and label not in found
    ]
    reached_otherwise = {
        "core.storeddocument",  # by the search through stored files
        "core.savedview",  # filters of staff, covered by the scan
        "socialaccount.socialtoken",  # goes with its account
    }
    assert sorted(set(missing) - reached_otherwise) == []


def test_personal_fields_are_text_like_or_named_on_purpose() -> None:
    for label, entry in MAP:
        model = apps.get_model(label)
        for name in entry.personal:
            assert isinstance(model._meta.get_field(name), TEXT_LIKE), f"{label}.{name}"


@pytest.mark.django_db
def test_an_import_writes_a_version_for_each_row() -> None:
    roll.agency()
    content = b"name,country\nAlpha University,DE\nBeta Institute,FR\n"
    for expected in ({"+": 2}, {"+": 2}):
        run, rows = imports.open_run(kind="organisations", content=content, file_name="a.csv",
                                     actor=Actor.process("test"))  # fmt: skip
        imports.test_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
        import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
        kinds = list(Organisation.history.values_list("history_type", flat=True))
        assert {kind: kinds.count(kind) for kind in set(kinds)} == expected
    changed = content.replace(b"Beta Institute,FR", b"Beta Institute,BE").replace(b"FR", b"BE")
    assert changed != content
