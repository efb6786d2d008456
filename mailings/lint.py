"""What a reader with a screen reader, without images or with a small screen would stumble over.

Pure: the author's rendered HTML in, findings out. Source: WCAG 2.2 (1.1.1, 1.3.1, 2.4.4, 2.4.6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

CLIPPED_AT = 100_000  # bytes of HTML; large providers cut longer mails off, footer included
HEADING = re.compile(r"<h([1-6])[^>]*>(.*?)</h\1>", re.DOTALL)
LINK = re.compile(r"<a [^>]*>(.*?)</a>", re.DOTALL)
IMAGE = re.compile(r"<img [^>]*>")
TAG = re.compile(r"<[^>]+>")
# Words that say nothing when a screen reader lists the links of a mail.
EMPTY_WORDS = frozenset({
    "here", "click here", "click", "this", "link", "this link", "more", "read more", "this page",
    "hier", "hier klicken", "klicken sie hier", "klick", "mehr", "mehr lesen", "diese seite",
    "dieser link", "weiterlesen", "weiter",
})  # fmt: skip
SHOUTING = re.compile(r"\b[A-ZÄÖÜ]{4,}(?:\s+[A-ZÄÖÜ]{3,}){4,}\b")


@dataclass(frozen=True)
class Remark:
    """``blocks``: the mailing cannot start before it is mended."""

    blocks: bool
    text: str


def remarks_on(html: str) -> list[Remark]:
    """Everything found in the author's part of a mail, the blocking ones first."""
    found = [*_headings(html), *_links(html), *_images(html), *_wording(html)]
    return sorted(found, key=lambda remark: not remark.blocks)


def _plain(html: str) -> str:
    return " ".join(TAG.sub(" ", html).split())


def _headings(html: str) -> list[Remark]:
    found = []
    levels = [(int(level), _plain(text)) for level, text in HEADING.findall(html)]
    if sum(level == 1 for level, _text in levels) > 1:
        found.append(Remark(True, _("There is more than one heading of the first level (#).")))
    # The subject stands above the text as the first heading where the author wrote none.
    before = 0 if any(level == 1 for level, _text in levels) else 1
    for level, text in levels:
        if not text:
            found.append(Remark(True, _("A heading is empty.")))
        if level > before + 1:
            found.append(
                Remark(
                    True,
                    _("The heading “%(text)s” skips a level: use %(marks)s.")
                    % {"text": text[:40], "marks": "#" * (before + 1)},
                )
            )
        before = level
    return found


def _links(html: str) -> list[Remark]:
    found = []
    for inner in LINK.findall(html):
        text = _plain(inner) or " ".join(re.findall(r'alt="([^"]+)"', inner))
        if not text:
            found.append(Remark(True, _("A link has no text.")))
        elif text.lower().strip(" .!…»>") in EMPTY_WORDS:
            found.append(
                Remark(
                    True,
                    _("The link “%(text)s” does not say where it leads.") % {"text": text[:40]},
                )
            )
        elif text.startswith(("http://", "https://")):
            found.append(
                Remark(False, _("The link “%(text)s” is a bare address.") % {"text": text[:40]})
            )
    return found


def _images(html: str) -> list[Remark]:
    if len(IMAGE.findall(html)) and len(_plain(html)) < 80:
        return [Remark(True, _("The mail is little more than an image; put its words into text."))]
    return []


def _wording(html: str) -> list[Remark]:
    return (
        [Remark(False, _("A passage is in capitals; screen readers may spell it out."))]
        if SHOUTING.search(_plain(html))
        else []
    )
