"""What names a person, and what only looks like it."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from backoffice.core.mentions import Mentions, mentioning, phone_end, rows_naming
from backoffice.core.models import SavedView, User
from backoffice.core.personal_data import Subject

ZOE = Subject(
    addresses=frozenset({"zoe_q@quarry.example.org", "zoe@xn--mller-kva.example"}),
    names=frozenset({("Zoë", "Quist"), ("Anna Maria", "van der Berg"), ("Jörg", "Müller"),
                     ("伟", "王"), ("", "Madonna"), ("Zoe", ""), ("", "Ada Lovelace")}),
    phones=frozenset({"+49 511 555 0199"}),
    ids=frozenset({"0000-0002-1825-0097"}),
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Zoe Quist", "QUIST, Zoe", "Quist Zoë", "Zoë Maria Quist", "Z. Quist", "Quist, Z.",
        "zoe.quist@elsewhere.example", "Zoe_Quist_CV.pdf", "Anna van der Berg",
        "van der Berg, Anna Maria", "Joerg Mueller", "MÜLLER JÖRG", "王伟", "Lovelace, Ada",
        "M\\u00fcller, J\\u00f6rg",
        "call 0511-5550199", "0049 (0)511 / 55 50 199", "+49511 5550199",
        "mail zoe_q@quarry.example.org.", "q=zoe_q%40quarry.example.org", "ZOE@MÜLLER.EXAMPLE",
        "https://orcid.org/0000-0002-1825-0097",
    ],
)  # fmt: skip
def test_named(text: str) -> None:
    assert Mentions(ZOE).in_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "", None, "Zoe", "Madonna", "Quist", "Zoe Miller met Karl Quist", "Zoe Quistling",
        "xzoe_q@quarry.example.org", "zoe_q@quarry.example.org.uk", "(0511) 555 01991",
        "Bergen, Anna", "0000-0002-1825-00971",
    ],
)  # fmt: skip
def test_not_named(text: str | None) -> None:
    assert not Mentions(ZOE).in_text(text)


def test_two_columns_and_json_name_a_person_together() -> None:
    mentions = Mentions(ZOE)
    row = {"given_name": "ZOE", "family_name": "quist", "town": "Hannover"}
    assert mentions.named_in(row) == ["given_name", "family_name"]
    assert mentions.named_in({"given_name": "Zoe", "town": "Quistby"}) == []
    assert mentions.in_text([{"first_name": "Zoe", "phone": "+33 1 22", "last_name": "Quist"}])


def test_nobody_is_named_by_nothing() -> None:
    assert not Mentions(Subject(names=frozenset({("Zoe", "")}), phones=frozenset({"12 34"})))
    assert phone_end("0511 5550199") == phone_end("+49 (511) 555-0199") == "115550199"
    assert phone_end("555 0199") == "5550199"
    assert phone_end("0199") == ""


@pytest.mark.django_db
@pytest.mark.database
def test_the_database_finds_what_python_names() -> None:
    """Both steps agree: every spelling above is found through the database as well."""
    owner = User.objects.create_user("owner@agency.example.org", is_staff=True)
    (texts,) = (mark.args[1] for mark in test_named.pytestmark)
    for number, text in enumerate([*texts, "Zoe Miller"]):
        SavedView.objects.create(
            owner=owner, model="x", name=str(number), query=text, columns=[text]
        )
    found = mentioning(SavedView.objects.all(), ["query", "columns"], Mentions(ZOE))
    missing = set(SavedView.objects.exclude(pk__in=found).values_list("query", flat=True))
    assert missing == {"Zoe Miller"}
    assert {tuple(fields) for fields in found.values()} == {("query", "columns")}


@pytest.mark.django_db
@pytest.mark.database
def test_earlier_versions_count() -> None:
    row = User.objects.create_user("a@agency.example.org", name="Zoe Quist")
    row.name = "Zoe Miller"
    row.save()
    User.objects.create_user("b@agency.example.org", name="Zoe Jones")
    LogEntry.objects.create(
        user=row, content_type=ContentType.objects.get_for_model(User), object_id="1",
        object_repr="Quist, Zoë", action_flag=CHANGE, change_message="",
    )  # fmt: skip
    assert list(rows_naming(User, ["name"], ZOE)) == [row]
    assert rows_naming(LogEntry, ["object_repr"], ZOE).count() == 1
