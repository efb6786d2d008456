"""The scan opens what hides a person: packed files, encoded mail, sessions, other spellings."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
from email.message import EmailMessage

import pytest
from django.contrib.sessions.backends.db import SessionStore
from openpyxl import Workbook
from pypdf import PdfWriter

from backoffice.core.models import SavedView, StoredDocument
from backoffice.core.services import documents
from backoffice.core.services.pdf import PrintJob, render_apart
from backoffice.delivery.models import InboundMail, OutboxMessage
from contacts.models import FollowUp, ImportRow, ImportRun
from contacts.privacy.enums import CaseState, PlanAction
from contacts.privacy.file_text import UnreadableFileError, text_of, text_of_mail
from contacts.privacy.services import findings, scan
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return cast.build()


def word_file(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        runs = f"<w:p><w:r><w:t>{text[:3]}</w:t></w:r><w:r><w:t>{text[3:]}</w:t></w:r></w:p>"
        archive.writestr("word/document.xml", f"<w:document>{runs}<w:p>end</w:p></w:document>")
    return out.getvalue()


def sheet(text: str) -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active.append(["Ada", text, "Quist"])
    book.save(out)
    return out.getvalue()


def locked_pdf() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret")
    writer.write(out)
    return out.getvalue()


def test_words_of_files() -> None:
    assert "Zoe Quist" in text_of(word_file("Zoe Quist")).replace("\n", " ")
    assert "Zoe" in text_of(sheet("Zoe"))
    assert text_of(gzip.compress("Zoë Quist".encode("utf-16"))) == "Zoë Quist"
    assert text_of("Zoë".encode("cp1252")) == "Zoë"
    assert text_of("Zoë".encode("utf-16-le")) == "Zoë"
    assert text_of(b"\x89PNG....") == ""
    for broken in (locked_pdf(), b"PK\x03\x04broken", b"\x1f\x8bbroken", b"%PDF-1.7 broken"):
        with pytest.raises(UnreadableFileError):
            text_of(broken)


def test_an_archive_that_unpacks_for_ever_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * (51 * 1024 * 1024))
    with pytest.raises(UnreadableFileError, match="too large"):
        text_of(out.getvalue())


def test_words_of_a_printed_pdf() -> None:
    printed = render_apart(
        PrintJob("<h1>Agreement</h1><p>signed by Zoë Quist</p>", identifier=b"1")
    )
    assert "Zoë Quist" in text_of(printed)


def test_words_of_encoded_mail() -> None:
    message = EmailMessage()
    message["Subject"] = "Grüße von Zoë"
    message["From"] = "Zoë Quist <zoe.quist@quarry.example.org>"
    message.set_content("Ruf mich an: 0511 / 555 0199", cte="base64")
    message.add_attachment(word_file("Zoe Quist"), maintype="application", subtype="zip",
                           filename="zoe.docx")  # fmt: skip
    text = text_of_mail(message.as_bytes())
    for part in ("Grüße von Zoë", "0511 / 555 0199", "zoe.docx", "Zoe Quist"):
        assert part in text


def everywhere(world) -> set[str]:
    """Puts Zoe into every kind of hiding place; the labels of the places."""
    session = SessionStore()
    session["draft"] = {"to": cast.ZOE}
    session.save()
    raw = b"Subject: x\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(
        b"Dear Quist, Zoe, please call"
    )
    OutboxMessage.objects.create(address="other@example.org", subject="x", raw=raw)
    InboundMail.objects.create(message_key="k", recipient="office@x.example", raw=raw,
                               sender="other@example.org", subject="about Z. Quist")  # fmt: skip
    SavedView.objects.create(owner=world.officer, model="contacts.contact", name="mine",
                             query="q=zoe.quist%40quarry.example.org")  # fmt: skip
    FollowUp.objects.create(title="call 0049-511-5550199", organisation=world.felsen)
    run = ImportRun.objects.create(kind="contacts", file_sha256="0" * 64)
    ImportRow.objects.create(run=run, number=1, outcome="created", journal=[
        {"model": "x", "values": {"given_name": "Zoë", "family_name": "Quist"}}])  # fmt: skip
    world.felsen.description = "Founded with Quist, Zoë"
    world.felsen.save()
    world.felsen.description = ""
    world.felsen.save()
    documents.store_new(word_file("Zoe Quist"), kind="letters", subject="", file_name="a.docx",
                        media_type="application/zip")  # fmt: skip
    documents.store_new(b"nothing", kind="import", subject="", file_name="zoe_quist.csv",
                        media_type="text/csv")  # fmt: skip
    return {
        "sessions.session.session_data", "delivery.outboxmessage.raw", "delivery.inboundmail.raw",
        "delivery.inboundmail.subject", "core.savedview.query", "contacts.followup.title",
        "contacts.historicalfollowup.title", "contacts.importrow.journal",
        "contacts.historicalorganisation.description", "core.storeddocument.content",
        "core.storeddocument.file_name",
    }  # fmt: skip


def test_every_hiding_place_is_found(world) -> None:
    hidden = everywhere(world)
    subject = cast.subject(world.zoe)
    found = {f"{hit['model']}.{hit['field']}" for hit in scan.scan_subject(subject)}
    assert hidden <= found
    nobody = cast.subject(world.bram)
    assert not hidden & {f"{h['model']}.{h['field']}" for h in scan.scan_subject(nobody)}


def test_what_no_finder_plans_is_found_before_and_settled_after(world) -> None:
    everywhere(world)
    case = cast.planned(world)
    items = {(item.model, item.action) for item in case.plan.all()}
    assert ("core.StoredDocument", PlanAction.DELETE_FILE) in items
    assert ("core.StoredDocument", PlanAction.DECIDE) in items
    case = cast.decide(world, case, "privacy.other_files")
    case = cast.execute(world, case)
    assert case.state == CaseState.PROPAGATING
    assert {f"{hit['model']}.{hit['field']}" for hit in case.scan_findings} == {
        "sessions.session.session_data", "contacts.historicalorganisation.description",
        "delivery.inboundmail.raw", "delivery.inboundmail.subject", "delivery.outboxmessage.raw",
    }  # fmt: skip
    while left := findings.open_findings(case):
        hit = left[0]
        if hit["field"] == "description":
            findings.reword_finding(case=case, words="quist, zoë", actor=roll.STAFF, **hit)
        else:
            findings.redact_finding(case=case, actor=roll.STAFF, **hit)
    assert findings.open_findings(case) == []
    assert world.felsen.history.filter(description="Founded with [removed]").exists()
    for term in (cast.ZOE, "Zoë Quist", "Quist", cast.PHONE):
        assert scan.scan_term(term, left_out=["privacy.privacycase"]) == [], term
    assert not StoredDocument.objects.exclude(file_name__startswith="removed-").exists()


def test_a_term_is_found_in_every_spelling(world) -> None:
    FollowUp.objects.create(title="0511/5550199", details="Quist Zoe", organisation=world.felsen)
    for term in ("zoe quist", "+49 511 555 0199", "QUIST", "uist Zo"):
        assert "contacts.followup" in {hit["model"] for hit in scan.scan_term(term)}, term
    assert scan.scan_term("Zoe Bauer") == []
