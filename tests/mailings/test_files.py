"""A file per organisation: matched by its name, attached to the mails of that organisation's people only."""

from __future__ import annotations

import io
import zipfile
from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.models import StoredDocument
from backoffice.core.services import documents
from backoffice.delivery.models import Delivery, OutboxMessage
from contacts.models import Identifier
from mailings.models import MailingFile
from mailings.services.attachments import add_files, match_files, remove_files
from mailings.services.sending import plan_mailing, start_mailing
from tests.mailings.conftest import STAFF, TODAY, leaf

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def houses(organisation, person):
    """Two organisations with a technical contact each; one person serves both."""
    leipzig, ghent = organisation("Leipzig Library"), organisation("Ghent University", "BE")
    Identifier.objects.create(organisation=leipzig, kind="ror", value="https://ror.org/05dxps055")
    person("l@example.org", ("technical", leipzig))
    person("g@example.org", ("technical", ghent))
    person("both@example.org", ("technical", leipzig), ("technical", ghent))
    return leipzig, ghent


@pytest.fixture
def draft(mailing):
    return mailing({"all": [leaf("duty", "technical")]}, mail_class="service")


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def send(draft, engine) -> dict[str, list[str]]:
    """Address → names of the files that came with each mail."""
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    engine.round()
    got: dict[str, list[str]] = {}
    for row in OutboxMessage.objects.order_by("pk"):
        mail = message_from_bytes(bytes(row.raw), policy=policy.default)
        names = [part.get_filename() for part in mail.iter_attachments()]
        got.setdefault(row.address, []).extend(sorted(filter(None, names)))
    return {address: sorted(names) for address, names in got.items()}


def test_each_gets_the_own_file_and_no_other(houses, draft, outbox_engine) -> None:
    packed = archive(
        **{"reports__05dxps055 report_dot_pdf": b"%PDF-L", "Ghent University_dot_csv": b"a,b"}
    )
    add_files(mailing=draft, uploads=[("reports.zip", packed)], actor=STAFF)
    got = send(draft, outbox_engine)
    assert got["l@example.org"] == ["05dxps055 report.pdf"]
    assert got["g@example.org"] == ["Ghent University.csv"]
    assert got["both@example.org"] == ["05dxps055 report.pdf", "Ghent University.csv"]


def test_every_misfit_is_named_and_nothing_stored(houses, draft) -> None:
    uploads = [
        ("Nobody.pdf", b"x"), ("Leipzig Library.exe", b"x"), ("Ghent University.pdf", b""),
        ("05dxps055.pdf", b"x"), ("Leipzig Library.pdf", b"x"),
    ]  # fmt: skip
    with pytest.raises(BadInput) as refused:
        add_files(mailing=draft, uploads=uploads, actor=STAFF)
    text = str(refused.value)
    for word in ("Nobody.pdf: the name fits no organisation", "Leipzig Library.exe: only",
                 "Ghent University.pdf: the file is empty", "has 05dxps055.pdf already"):  # fmt: skip
        assert word in text
    assert not MailingFile.objects.exists()
    assert not StoredDocument.objects.exists()


def test_a_newer_file_takes_the_place_and_all_can_be_taken_off(houses, draft) -> None:
    for content in (b"%PDF-1", b"%PDF-2"):
        add_files(mailing=draft, uploads=[("Leipzig Library.pdf", content)], actor=STAFF)
    kept = MailingFile.objects.get()
    assert documents.read_bytes(kept.document) == b"%PDF-2"
    assert remove_files(mailing=draft, actor=STAFF) == 1


def test_an_organisation_without_a_file_gets_nothing_and_is_counted(houses, draft, outbox_engine):
    add_files(mailing=draft, uploads=[("Ghent University.pdf", b"%PDF")], actor=STAFF)
    assert set(send(draft, outbox_engine)) == {"g@example.org", "both@example.org"}
    draft.refresh_from_db()
    assert draft.left_out == {"no_file": 1}


def test_a_running_mailing_takes_no_file(houses, draft, outbox_engine, topic, mailing) -> None:
    send(draft, outbox_engine)
    for act in (
        lambda: add_files(mailing=draft, uploads=[("Leipzig Library.pdf", b"x")], actor=STAFF),
        lambda: remove_files(mailing=draft, actor=STAFF),
    ):
        with pytest.raises(RuleBroken):
            act()


def test_a_file_that_cannot_be_read_holds_its_mail_back_and_no_other(houses, draft, outbox_engine):
    uploads = [("Leipzig Library.pdf", b"%PDF-L"), ("Ghent University.pdf", b"%PDF-G")]
    add_files(mailing=draft, uploads=uploads, actor=STAFF)
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    StoredDocument.objects.filter(file_name__startswith="Leipzig").update(sha256="0" * 64)
    outbox_engine.round()
    rows = Delivery.objects.values_list("address", "organisation_ref", "state", "reason")
    leipzig, ghent = (house.pk for house in houses)
    assert sorted(rows) == sorted([
        ("both@example.org", ghent, "sent", "outbox"),
        ("both@example.org", leipzig, "failed", "build:file"),
        ("g@example.org", ghent, "sent", "outbox"),
        ("l@example.org", leipzig, "failed", "build:file"),
    ])  # fmt: skip
    assert not OutboxMessage.objects.filter(address="l@example.org").exists()


def test_hidden_files_of_an_archive_are_passed_over(houses) -> None:
    with pytest.raises(BadInput, match="no file"):
        match_files([("__MACOSX/Leipzig Library.pdf", b"x"), (".DS_Store", b"x")])
