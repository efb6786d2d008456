"""Texts that staff write in Markdown, as HTML without anything a writer could smuggle in."""

from __future__ import annotations

from markdown_it import MarkdownIt


def as_html(text: str) -> str:
    """CommonMark with raw HTML shown as text, no links but http, https and mailto, no pictures."""
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image").render(text)
