"""The serialised bytes: what a mail program reads back, line lengths, and what cannot be put in."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.delivery.mime import HeaderInjection, Part, Template, field, header_value, mailbox

TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Co", "Cc"), blacklist_characters="\u2028\u2029\x85"),
    max_size=200,
)


def template(**changes) -> Template:
    parts = {
        "subject": f"Für {field('name')}",
        "text": f"Dear {field('name')},\n\n.dot\n" + "long " * 60 + f"\n{field('link')} end\n",
        "html_body": f"<p>Dear {field('name')}</p><a href='{field('link')}'>x</a>",
        "headers": {"From": "Office <office@example.org>"},
        **changes,
    }
    return Template(**parts)


def read(raw: bytes):
    return message_from_bytes(raw, policy=policy.default)


@given(name=TEXT, link=TEXT)
def test_values_come_back_as_they_went_in(name: str, link: str) -> None:
    import html

    raw = template().render(headers={"To": "a@example.org"}, values={"name": name, "link": link})
    message = read(raw)
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert f"Dear {name},\n" in text
    assert f"\n{link} end\n" in text
    assert f"Dear {html.escape(name)}</p>" in message.get_body(("html",)).get_content()
    # The standard library lets a blank at a line end grow to three characters past the 76.
    assert all(len(line) <= 78 for line in raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_text_comes_first_and_an_attachment_is_kept() -> None:
    pdf = Part("Rechnung ü/../1.pdf", "application/pdf", bytes(range(256)))
    raw = template(attachments=[pdf]).render(
        headers={"To": "a@example.org"}, values={"name": "A", "link": "L"}
    )
    message = read(raw)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    attached = next(message.iter_attachments())
    assert attached.get_content() == bytes(range(256))
    assert "/" not in attached.get_filename()


@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\x7fb"])
def test_no_value_opens_a_second_header(value: str) -> None:
    with pytest.raises(HeaderInjection):
        header_value(value)
    with pytest.raises(HeaderInjection):
        mailbox(f"{value} <a@example.org>")
    with pytest.raises(HeaderInjection):
        template().render(headers={"To": value}, values={"name": "a", "link": "b"})
    with pytest.raises(HeaderInjection):
        template().render(headers={}, values={"name": value, "link": "b"})


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        template().render(headers={}, values={"name": "a"})


def test_a_long_subject_is_folded_and_read_back() -> None:
    subject = "Mitgliederversammlung – Einladung zur Abstimmung über die Satzungsänderung " * 3
    raw = template(subject=subject.strip()).render(headers={}, values={"name": "", "link": ""})
    assert read(raw)["Subject"] == subject.strip()
