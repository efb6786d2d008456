"""Ctrl+K: bounded hits from each source the person may see, and actions. Nothing is cached."""

from __future__ import annotations

from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from backoffice.core.surfaces import PALETTE
from backoffice.navigation import sidebar

HITS_PER_SOURCE = 8
SHORTEST = 2


def search(request: HttpRequest, term: str) -> list[SearchResult]:
    """Pages whose title starts with the words, then records; at most 8 hits a source."""
    text = term.strip()[:80]
    if len(text) < SHORTEST:
        return []
    results = [
        SearchResult(title=str(item["title"]), description="", link=item["link"], icon=item["icon"])
        for group in sidebar(request)
        for item in group["items"]
        if text.lower() in str(item["title"]).lower()
    ][:HITS_PER_SOURCE]
    for _name, source in PALETTE:
        if not request.user.has_perm(source.permission):
            continue
        results += [
            SearchResult(
                title=hit.title,
                description=f"{source.title} · {hit.detail}" if hit.detail else str(source.title),
                link=hit.url,
                icon="arrow_forward",
            )
            for hit in source.find(text, HITS_PER_SOURCE)[:HITS_PER_SOURCE]
        ]
    return results
