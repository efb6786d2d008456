"""A registry in memory: providers, repositories, contacts, and counts of DOIs.

Source: DataCite REST API (JSON:API), shapes as documented. Everything in it is invented.
"""

from __future__ import annotations

import base64
from typing import Any

WORDS = ("Northern", "Harbour", "Meadow", "Granite", "Willow", "Lantern", "Copper", "Summit")
COUNTRIES = ("DE", "FR", "US", "JP", "BR", "KE", "SE", "AU")
CREATED = "2020-01-07T09:00:00.000Z"


class RegistryStandin:
    """``entries``: path → JSON:API entries; ``counts``: repository id → DOIs; ``stumbles``: statuses
    that the next calls get instead."""

    def __init__(self, user: str = "", password: str = "") -> None:
        self.entries: dict[str, list[dict[str, Any]]] = {
            "/providers": [], "/repositories": [], "/contacts": [],
        }  # fmt: skip
        self.counts: dict[str, int] = {}
        self.stumbles: list[int] = []
        self._sign_in = base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: dict[str, str]
    ) -> tuple[int, Any]:
        if self.stumbles:
            status = self.stumbles.pop(0)
            return status, {"errors": [{"status": str(status)}]}
        if path == "/dois":
            return self._dois(query)
        found = self.entries.get(path)
        if found is None:
            return 404, {"errors": [{"status": "404", "title": "not found"}]}
        given = headers.get("authorization", "").removeprefix("Basic ")
        if path == "/contacts" and self._sign_in and given != self._sign_in:
            return 401, {"errors": [{"status": "401", "title": "Bad credentials."}]}
        size = int(query.get("page[size]") or 25)
        number = int(query.get("page[number]") or 1)
        page = found[(number - 1) * size : number * size]
        return 200, {
            "data": page,
            "meta": {"total": len(found), "totalPages": -(-len(found) // size), "page": number},
        }

    def _dois(self, query: dict[str, str]) -> tuple[int, Any]:
        name = query.get("client-id", "")
        if name not in self.counts:
            return 404, {"errors": [{"status": "404", "title": "not found"}]}
        return 200, {"data": [], "meta": {"total": self.counts[name], "totalPages": 1}}


def filled(count: int) -> RegistryStandin:
    """A registry of ``count`` invented direct members, each with a repository and two contacts."""
    made = RegistryStandin()
    for n in range(count):
        symbol = f"ST{_letters(n)}"
        name = f"{WORDS[n % 8]} {WORDS[(n // 8) % 8]} University {n + 1}"
        made.entries["/providers"].append(provider(symbol, name, country=COUNTRIES[n % 8]))
        made.entries["/repositories"].append(repository(f"{symbol}.MAIN", f"{name} Repository"))
        made.counts[f"{symbol}.main".lower()] = n * 17
        for role, given in (("voting", "Avery"), ("billing", "Blair")):
            made.entries["/contacts"].append(
                contact(f"{symbol}-{role}".lower(), symbol, f"{role}@{symbol.lower()}.example.org",
                        given, f"Number {n + 1}", (role,))
            )  # fmt: skip
    return made


def _letters(n: int) -> str:
    text = ""
    for _ in range(4):
        n, rest = divmod(n, 26)
        text = chr(65 + rest) + text
    return text


def provider(symbol: str, name: str, *, country: str = "DE", **attributes: Any) -> dict[str, Any]:
    return {
        "id": symbol.lower(), "type": "providers",
        "attributes": {"symbol": symbol, "name": name, "displayName": name, "country": country,
                       "memberType": "direct_member", "isActive": True, "created": CREATED,
                       "joined": "2020-01-07", "nonProfitStatus": "non-profit", **attributes},
        "relationships": {"consortium": {"data": None}},
    }  # fmt: skip


def repository(symbol: str, name: str) -> dict[str, Any]:
    return {
        "id": symbol.lower(), "type": "repositories",
        "attributes": {"symbol": symbol, "name": name, "isActive": True, "created": CREATED},
        "relationships": {"provider": {"data": {"id": symbol.partition(".")[0].lower()}}},
    }  # fmt: skip


def contact(
    uid: str, symbol: str, email: str, given: str, family: str, roles: tuple[str, ...],
    deleted: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": uid, "type": "contacts",
        "attributes": {"givenName": given, "familyName": family, "email": email,
                       "roleName": list(roles), "created": CREATED, "deleted": deleted},
        "relationships": {"provider": {"data": {"id": symbol.lower(), "type": "providers"}}},
    }  # fmt: skip
