"""No foreign key to an organisation or a contact is forgotten: each is moved, left or taken care of."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from contacts.merge_lists import CONTACTS, ORGANISATIONS
from contacts.models import Contact, Organisation
from contacts.registry import MERGE_POLICIES
from contacts.services import merge_people, merge_steps
from contacts.services.merge_relations import model_of, relations_to

ACTS = {"move", "leave", "own"}
# What must never follow, whatever somebody writes into a list.
FROZEN = {"governance.rollentry", "governance.rollcorrection", "governance.option",
          "governance.namedanswer", "governance.noticesent"}  # fmt: skip


def foreign_keys(target: type[models.Model]) -> set[tuple[str, str]]:
    """(model, field) of every key in the model graph, hidden ones and many-to-many tables included;
    history tables keep what was."""
    return {
        (model._meta.label_lower, field.name)
        for model in apps.get_models(include_auto_created=True)
        if not hasattr(model, "history_object") and not model.__name__.startswith("Historical")
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model is target
    }


@pytest.mark.parametrize(("kind", "target"), [("organisation", Organisation), ("contact", Contact)])
def test_every_foreign_key_is_listed_once(kind: str, target: type[models.Model]) -> None:
    listed = [(model_of(r)._meta.label_lower, r.field) for r in relations_to(kind)]
    assert len(listed) == len(set(listed))
    assert set(listed) == foreign_keys(target)


def test_the_walk_finds_what_it_should() -> None:
    found = foreign_keys(Organisation)
    assert ("billing.invoice", "payer") in found
    assert ("contacts.organisation_tags", "organisation") in found
    assert ("governance.rollentry", "organisation") in found
    assert len(found) > 35


def test_nothing_points_at_records_in_a_way_the_lists_cannot_hold() -> None:
    """Many-to-many fields and generic keys to records would pass by the lists."""
    for model in apps.get_models():
        for field in model._meta.many_to_many:
            assert field.related_model not in (Organisation, Contact), (model, field)
        for field in model._meta.private_fields:
            assert field.__class__.__name__ != "GenericForeignKey", (model, field)


def test_frozen_rows_never_follow_and_say_why() -> None:
    for _name, policy in MERGE_POLICIES:
        for relation in policy.relations:
            assert relation.act in ACTS
            if relation.act == "leave" or relation.only or relation.unless_same is not None:
                assert relation.why or relation.model.endswith("_tags"), relation
            if relation.model.lower() in FROZEN:
                assert relation.act == "leave", relation


def test_what_the_lists_call_own_is_taken_care_of_by_the_steps() -> None:
    own = {r.model.split(".")[1] for r in (*ORGANISATIONS, *CONTACTS) if r.act == "own"}
    names = {*vars(merge_steps), *vars(merge_people)}
    assert own <= names
