"""A mailing as anybody may read it: neutral values, no token, no name."""

from __future__ import annotations

from mailings.models import Mailing
from mailings.services.messages import neutral, text_of


def archived_page(mailing: Mailing, language: str) -> dict[str, str]:
    """``subject``, ``html`` and ``text`` in the language that is there, merged with nobody."""
    used, _text = text_of(mailing, language)
    page = neutral(mailing, used)
    return {"subject": page.subject, "html": page.html, "text": page.text, "content_language": used}
