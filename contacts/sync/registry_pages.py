"""Reads the registry's providers, repositories and contacts, page by page, as rows of the import desk.

Source: DataCite REST API (JSON:API): ``GET /providers``, ``/repositories``, ``/contacts`` with
``page[number]`` and ``page[size]``; contacts need a sign-in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from backoffice.core.errors import NotConfigured, RollcallError

TIMEOUTS = (10, 60)  # seconds to connect, seconds to wait for the answer
PAGE_SIZE = 1000
MOST_PAGES = 1000
RETRIES = Retry(
    total=4, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504),
    respect_retry_after_header=True, raise_on_status=False,
)  # fmt: skip
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """One end point, the import kind that takes it, and how an entry becomes a row."""

    path: str
    kind: str
    columns: tuple[str, ...]
    row: Callable[[Entry], tuple[Any, ...]]


def _related(entry: Entry, name: str) -> str:
    data = ((entry.get("relationships") or {}).get(name) or {}).get("data") or {}
    return str(data.get("id") or "").upper() if isinstance(data, dict) else ""


def _provider(entry: Entry) -> tuple[Any, ...]:
    a = entry["attributes"]
    return (
        a.get("symbol") or str(entry["id"]).upper(), a.get("name"), a.get("displayName"),
        a.get("memberType"), _related(entry, "consortium"), a.get("country"),
        a.get("organizationType"), a.get("focusArea"), a.get("nonProfitStatus"),
        a.get("isActive"), a.get("joined"), a.get("website"), a.get("rorId"), a.get("created"),
    )  # fmt: skip


def _repository(entry: Entry) -> tuple[Any, ...]:
    a = entry["attributes"]
    return (
        a.get("name"), a.get("symbol") or str(entry["id"]).upper(), a.get("isActive"),
        a.get("description"), a.get("url"), a.get("systemEmail"), a.get("created"),
    )  # fmt: skip


def _contact(entry: Entry) -> tuple[Any, ...]:
    a = entry["attributes"]
    return (
        entry["id"], _related(entry, "provider"), a.get("email"), a.get("givenName"),
        a.get("familyName"), ";".join(a.get("roleName") or ()), a.get("created"), a.get("deleted"),
    )  # fmt: skip


# Organisations first: the others stand below them.
SOURCES = (
    Source(
        "/providers", "datacite-providers",
        ("symbol", "name", "displayName", "memberType", "consortiumSymbol", "country",
         "organizationType", "focusArea", "nonProfitStatus", "isActive", "joined", "website",
         "rorId", "created"), _provider,
    ),
    Source(
        "/repositories", "fabrica-repositories",
        ("Repository Name", "Repository ID", "isActive", "Description", "Repository URL",
         "General Contact Email", "Fabrica Creation Date"), _repository,
    ),
    Source(
        "/contacts", "fabrica-contacts",
        ("uid", "fabricaAccountId", "email", "firstName", "lastName", "type", "createdAt",
         "deletedAt"), _contact,
    ),
)  # fmt: skip


class RegistryPages:
    """One registry at one address, with a sign-in where it has one."""

    def __init__(self, base_url: str, *, user: str = "", password: str = "") -> None:
        if not base_url:
            raise NotConfigured("ROLLCALL_REGISTRY_URL names no registry to ask.")
        self._base = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "Rollcall sync"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=RETRIES))
        if user:
            self._session.auth = (user, password)

    def close(self) -> None:
        self._session.close()

    def entries(self, path: str) -> Iterator[Entry]:
        """Every entry. Raises: RollcallError when the registry fails, refuses, or answers in
        another shape; half a list is never taken for a whole one."""
        number, seen, total = 1, 0, 0
        while number <= MOST_PAGES:
            document = self._page(path, number)
            data, meta = document.get("data"), document.get("meta") or {}
            if not isinstance(data, list):
                raise RollcallError(
                    f"{path}: the registry answered in another shape.", code="shape"
                )
            yield from data
            seen, total = seen + len(data), int(meta.get("total") or 0)
            if not data or seen >= total:
                break
            number += 1
        if seen < total:
            raise RollcallError(f"{path}: {seen} of {total} entries came.", code="incomplete")

    def _page(self, path: str, number: int) -> dict[str, Any]:
        parameters = {"page[number]": str(number), "page[size]": str(PAGE_SIZE)}
        try:
            answer = self._session.get(
                self._base + path, params=parameters, timeout=TIMEOUTS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise RollcallError(
                f"The registry cannot be reached: {type(error).__name__}.", code="unreachable"
            ) from error
        if answer.status_code in (401, 403):
            raise RollcallError(f"The registry refused the sign-in for {path}.", code="sign_in")
        if answer.status_code != 200:
            raise RollcallError(
                f"The registry answered {answer.status_code} for {path}.", code="server"
            )
        try:
            document = answer.json()
        except ValueError as error:
            raise RollcallError(f"{path}: the answer is not JSON.", code="shape") from error
        return document if isinstance(document, dict) else {}


def as_table(source: Source, entries: Iterator[Entry]) -> tuple[bytes, int]:
    """(CSV with a header row, number of rows), sorted by the first cells so that the same answer
    gives the same bytes.

    Raises: RollcallError for an entry without id or attributes.
    """
    try:
        rows = sorted(
            ["" if cell is None else str(cell) for cell in source.row(entry)] for entry in entries
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise RollcallError(f"{source.path}: an entry has another shape.", code="shape") from error
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(source.columns)
    writer.writerows(rows)
    return out.getvalue().encode(), len(rows)
