"""Files that expand, and uploads that are too large: refused early, in a sentence, nothing kept."""

from __future__ import annotations

import gzip
import io
import time
import zipfile

import pytest

from backoffice.core.errors import Unreadable
from contacts.imports import tabular
from contacts.imports.tabular import read_table, unpack
from contacts.models import ImportRun
from contacts.services import import_desk
from tests.factories import roll

MEGABYTE = 1024 * 1024
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</worksheet>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def zipped(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def workbook(sheet: str, **more: bytes) -> bytes:
    types = (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
        'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        '"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/sheet1.'
        'xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        "</Types>"
    )
    parts = {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/'
            'officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="a" sheetId="1" '
            'r:id="r1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/'
            'worksheet" Target="sheet1.xml"/></Relationships>'
        ).encode(),
        "xl/sheet1.xml": (SHEET % sheet).encode(),
        **more,
    }
    return zipped(**parts)


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def rows(*lines: str) -> str:
    return "<sheetData>" + "".join(lines) + "</sheetData>"


BOMBS = {
    "flat zip": (lambda: zipped(a=b"\0" * 60 * MEGABYTE), "archive_bomb"),
    "gzip": (lambda: gzip.compress(b"\0" * 60 * MEGABYTE), "archive_bomb"),
    "many files": (lambda: zipped(**{f"f{n}": b"x" for n in range(50)}), "archive_bomb"),
    "huge sheet": (lambda: workbook(rows("<row></row>" * 5_000_000)), "archive_bomb"),
    "entities": (
        lambda: workbook(rows(), **{"xl/x.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}),
        "entities",
    ),
    "a cell far below": (
        lambda: workbook(rows(f'<row r="1">{cell("A1", "name")}</row>',
                              f'<row r="900000">{cell("A900000", "x")}</row>')),
        "too_long",
    ),
    "too many columns": (lambda: b"a," * 100_000 + b"\n", "too_wide"),
    "a quote that never closes": (lambda: b'name\n"' + b"x" * 11_000_000, "csv"),
    "broken zip": (lambda: zipped(a=b"x")[:-30], "archive"),
    "broken workbook": (lambda: workbook("<sheetData><row>"), "workbook"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_a_sentence_and_in_no_time(name: str) -> None:
    make, code = BOMBS[name]
    content, begun = make(), time.process_time()
    with pytest.raises(Unreadable) as refusal:
        for _name, part in unpack(content, "f"):
            read_table(part)
    assert refusal.value.code == code
    assert str(refusal.value).endswith(".")
    assert time.process_time() - begun < 5


def test_nested_zips_are_not_opened() -> None:
    inner = zipped(**{"bomb.csv": b"name\nx\n"})
    ((name, part),) = unpack(zipped(**{"inner.zip": inner}), "outer.zip")
    assert (name, part) == ("inner.zip", inner)


def test_names_inside_an_archive_are_never_paths() -> None:
    files = unpack(zipped(**{"../../etc/passwd": b"name\nx\n"}), "f.zip")
    assert [part for _name, part in files] == [b"name\nx\n"]


def test_a_true_workbook_whose_dimensions_lie_is_read() -> None:
    sheet = '<dimension ref="A1:XFD1048576"/>' + rows(
        f'<row r="1">{cell("A1", "name")}</row>', f'<row r="2">{cell("A2", "Quarry")}</row>'
    )
    table = read_table(workbook(sheet), {"name"})
    assert [row.cells for row in table.rows()] == [{"name": "Quarry"}]


@pytest.mark.django_db
def test_nothing_of_a_refused_file_is_kept(monkeypatch) -> None:
    roll.agency()
    monkeypatch.setattr(tabular, "MAX_BYTES", 1000)
    for content in (b"name\n" + b"x" * 2000, zipped(a=b"\0" * MEGABYTE), b""):
        with pytest.raises(Unreadable):
            import_desk.upload(kind="organisations", content=content, file_name="f",
                               actor=roll.STAFF, on=roll.DAY)  # fmt: skip
    assert not ImportRun.objects.exists()


@pytest.mark.django_db
def test_two_gigabytes_are_refused_before_they_are_read(client, settings) -> None:
    class Unread(io.BytesIO):
        def read(self, *args) -> bytes:
            raise AssertionError("the body was read")

    answer = client.generic(
        "POST", "/admin/imports/", b"", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(2 * 1024 * MEGABYTE), **{"wsgi.input": Unread()},
    )  # fmt: skip
    assert answer.status_code == 413
    assert "260 MB" in answer.content.decode()
    assert client.post("/accounts/login/", {}).status_code == 200
