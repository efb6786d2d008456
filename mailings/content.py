"""One Markdown source, two parts: html and text. Pure: no ORM, no clock, no settings.

Authors have Markdown, three blocks (button, box, image) and a closed list of merge fields. There is
no template language, so a text can neither loop nor read what it should not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from backoffice.delivery.mime import CLOSE, OPEN, field

FIELDS = ("greeting", "given_name", "family_name", "full_name", "organisations", "duties")
# {{ name }}, {{ name | what stands there when it is empty }}, {{ name! }} (nobody without it)
MERGE = re.compile(r"\{\{\s*([^{}|!]*?)\s*(!?)\s*(?:\|\s*([^{}|]*?)\s*)?\}\}")
BUTTON = re.compile(r"^\[\[button:\s*([^|\]]+)\|\s*(https?://[^\s\]]+)\s*\]\][ \t]*$", re.MULTILINE)
BOX = re.compile(r"^:::\s*box\s*\n(.*?)^:::\s*$", re.MULTILINE | re.DOTALL)
TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "hr", "i", "img", "li",
    "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "class"}, "img": {"src", "alt", "width"}, "div": {"class"}}


class ContentError(ValueError):
    """The text cannot be sent as it is; the message says what to change."""


@dataclass(frozen=True)
class Rendered:
    """Both parts of one language, with merge fields still open, and the fields they use.

    ``defaults``: key of a field with a text of its own for when it is empty → (field, text).
    ``required``: fields without which nobody is written to.
    """

    subject: str
    html: str
    text: str
    fields: frozenset[str]
    defaults: Mapping[str, tuple[str, str]] = dataclass_field(default_factory=dict)
    required: frozenset[str] = frozenset()


def render_content(subject: str, body: str) -> Rendered:
    """Both parts from one source.

    Raises: ContentError for an unknown merge field, a field inside a link, an image without a
    description, an empty subject or text.
    """
    if not subject.strip() or not body.strip():
        raise ContentError("A mailing needs a subject and a text.")
    if OPEN in subject + body or CLOSE in subject + body:
        raise ContentError("The text holds a character that is reserved.")
    marks = _Marks()
    marked_subject, marked = marks.swap(subject), marks.swap(body)
    return Rendered(
        marked_subject,
        _html(marked),
        _text(marked),
        frozenset(marks.fields),
        marks.defaults,
        frozenset(marks.required),
    )


class _Marks:
    """Swaps merge fields for marks and notes what they ask for."""

    def __init__(self) -> None:
        self.fields: set[str] = set()
        self.required: set[str] = set()
        self.defaults: dict[str, tuple[str, str]] = {}

    def swap(self, text: str) -> str:
        return MERGE.sub(self._one, text)

    def _one(self, match: re.Match[str]) -> str:
        name, must, default = match[1], match[2], match[3]
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            raise ContentError(f"The field {{{{ {name} }}}} does not exist; there are: {known}.")
        self.fields.add(name)
        if must:
            self.required.add(name)
        if not default:
            return field(name)
        key = next(
            (key for key, known in self.defaults.items() if known == (name, default)),
            f"{name}_{len(self.defaults) + 1}",
        )
        self.defaults[key] = (name, default)
        return field(key)


def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def _html(source: str) -> str:
    boxed = BOX.sub(lambda match: f"\n\nBOXOPEN\n\n{match[1]}\n\nBOXCLOSE\n\n", source)
    blocks = BUTTON.sub(lambda match: f"[{match[1].strip()}]({match[2]} 'rollcall-button')", boxed)
    page = _markdown().render(blocks)
    page = page.replace("<p>BOXOPEN</p>", '<div class="box">').replace("<p>BOXCLOSE</p>", "</div>")
    page = re.sub(r'(<a href="[^"]*") title="rollcall-button"', r'\1 class="button"', page)
    _check_links(page)
    return nh3.clean(
        page,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _check_links(page: str) -> None:
    for address in re.findall(r'(?:href|src)="([^"]*)"', page):
        if OPEN in address or "%EE%80%80" in address.upper():
            raise ContentError("A merge field cannot stand inside a link.")
    for image in re.findall(r"<img [^>]*>", page):
        if 'alt=""' in image or not re.search(r'src="https://', image):
            raise ContentError("An image needs a description and an https address.")


def _text(source: str) -> str:
    plain = BOX.sub(lambda match: f"\n\n----\n\n{match[1]}\n\n----\n\n", source)
    plain = BUTTON.sub(lambda match: f"{match[1].strip()}: <{match[2]}>", plain)
    return _TextWriter().write(_markdown().parse(plain))


class _TextWriter:
    """Markdown tokens as plain text that carries the same words and every link's address."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.lists: list[int | None] = []
        self.prefix = ""

    def write(self, tokens: list[Token]) -> str:
        for token in tokens:
            handler = getattr(self, f"_{token.type}", None)
            if handler is not None:
                handler(token)
        return "\n\n".join(self.blocks).strip() + "\n"

    def _inline(self, token: Token) -> None:
        words = "".join(self._words(token.children or []))
        indent = " " * len(self.prefix)
        lines = words.split("\n")
        text = "\n".join([self.prefix + lines[0], *(indent + line for line in lines[1:])])
        if self.prefix and self.blocks and self.lists and self._in_list:
            self.blocks[-1] += "\n" + text
        else:
            self.blocks.append(text)
        self._in_list = bool(self.lists)
        self.prefix = indent if self.lists else ""

    _in_list = False

    def _words(self, children: list[Token]) -> list[str]:
        words: list[str] = []
        target, start = "", 0
        for child in children:
            if child.type in ("text", "code_inline"):
                words.append(child.content)
            elif child.type in ("softbreak", "hardbreak"):
                words.append("\n")
            elif child.type == "image":
                words.append(f"[{child.content}]")
            elif child.type == "link_open":
                target, start = str(child.attrGet("href") or ""), len(words)
            elif child.type == "link_close" and "".join(words[start:]) != target:
                words.append(f" ({target})")
        return words

    def _bullet_list_open(self, token: Token) -> None:
        self.lists.append(None)
        self._in_list = False

    def _ordered_list_open(self, token: Token) -> None:
        self.lists.append(int(token.attrGet("start") or 1))
        self._in_list = False

    def _list_item_open(self, token: Token) -> None:
        number = self.lists[-1]
        depth = "  " * (len(self.lists) - 1)
        self.prefix = f"{depth}- " if number is None else f"{depth}{number}. "
        if number is not None:
            self.lists[-1] = number + 1

    def _bullet_list_close(self, token: Token) -> None:
        self.lists.pop()
        self.prefix = ""
        self._in_list = bool(self.lists)

    _ordered_list_close = _bullet_list_close

    def _hr(self, token: Token) -> None:
        self.blocks.append("----")

    def _fence(self, token: Token) -> None:
        self.blocks.append(token.content.rstrip("\n"))

    _code_block = _fence
