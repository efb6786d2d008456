"""Speaks to Salesforce through simple-salesforce: client credentials, timeouts, errors as codes.

The library builds every address with https; a setting may name a loopback address for a stand-in,
to which an adapter then leads all calls. Source: Salesforce REST API, version 61.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from backoffice.core.errors import NotConfigured, RollcallError
from contacts.sync.mapping import EXTERNAL_ID, Limit, Values

VERSION = "61.0"
TIMEOUTS = (10, 60)  # seconds to connect, seconds to wait for the answer
AT_ONCE = 200  # records a call of the collections interface


@dataclass(frozen=True)
class Access:
    """``domain`` without ``.salesforce.com``; ``loopback`` a stand-in's address, or empty."""

    domain: str
    key: str
    secret: str
    loopback: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of one record. ``code`` is empty when it was taken."""

    remote_id: str = ""
    created: bool = False
    code: str = ""
    fields: tuple[str, ...] = ()


class _Adapter(HTTPAdapter):
    def __init__(self, loopback: str) -> None:
        self._target = urlsplit(loopback) if loopback else None
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any):  # type: ignore[override]
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUTS
        if self._target is not None:
            asked = urlsplit(str(request.url))
            request.url = urlunsplit(
                (self._target.scheme, self._target.netloc, asked.path, asked.query, "")
            )
        return super().send(request, *args, **kwargs)


def check_loopback(address: str) -> str:
    """Raises: NotConfigured unless the address is empty or one of this very machine."""
    if not address:
        return ""
    host = urlsplit(address).hostname or ""
    try:
        own = ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = host == "localhost"
    if not own:
        raise NotConfigured("ROLLCALL_SALESFORCE_STANDIN must be an address of this machine.")
    return address


@contextmanager
def _as_codes() -> Iterator[None]:
    """Raises: RollcallError with ``sign_in``, ``limit``, ``server`` or ``unreachable``; no message
    of the other side, which may repeat values."""
    # Loaded by those who speak to Salesforce: it brings a SOAP library into every worker otherwise.
    from simple_salesforce import exceptions

    refused = (exceptions.SalesforceAuthenticationFailed, exceptions.SalesforceExpiredSession)
    try:
        yield
    except refused as error:
        raise RollcallError("Salesforce refused the sign-in.", code="sign_in") from error
    except exceptions.SalesforceRefusedRequest as error:
        raise RollcallError("Salesforce refuses further calls for today.", code="limit") from error
    except exceptions.SalesforceError as error:
        raise RollcallError(
            f"Salesforce answered {getattr(error, 'status', 'an error')}.", code="server"
        ) from error
    except (requests.RequestException, ValueError) as error:
        raise RollcallError(
            f"Salesforce cannot be reached: {type(error).__name__}.", code="unreachable"
        ) from error


class SalesforceLink:
    """A signed-in session."""

    def __init__(self, access: Access) -> None:
        if not (access.domain and access.key and access.secret):
            raise NotConfigured(
                "ROLLCALL_SALESFORCE_DOMAIN, _KEY and _SECRET name the Salesforce to speak to."
            )
        from simple_salesforce import Salesforce

        session = requests.Session()
        session.mount("https://", _Adapter(check_loopback(access.loopback)))
        with _as_codes():
            self._api = Salesforce(
                consumer_key=access.key, consumer_secret=access.secret, domain=access.domain,
                session=session, version=VERSION,
            )  # fmt: skip

    def close(self) -> None:
        self._api.session.close()

    def limits(self, object_type: str) -> dict[str, Limit]:
        """Length and pick list of each field, as they are now."""
        with _as_codes():
            found = self._api.restful(f"sobjects/{object_type}/describe") or {}
        return {
            item["name"]: Limit(
                int(item.get("length") or 0),
                frozenset(
                    entry["value"]
                    for entry in item.get("picklistValues") or ()
                    if entry.get("active", True)
                )
                if item.get("restrictedPicklist")
                else frozenset(),
            )
            for item in found.get("fields", ())
        }

    def upsert(self, object_type: str, rows: Sequence[tuple[str, Values]]) -> list[Answer]:
        """(external id, values) of at most 200 records; one answer each, in their order."""
        external = EXTERNAL_ID[object_type]
        records = [
            {"attributes": {"type": object_type}, external: key, **values} for key, values in rows
        ]
        with _as_codes():
            found = self._api.restful(
                f"composite/sobjects/{object_type}/{external}", method="PATCH",
                json={"allOrNone": False, "records": records},
            )  # fmt: skip
        return _answers(found, len(rows))

    def delete(self, ids: Sequence[str]) -> list[Answer]:
        """At most 200; a record that is gone already counts as deleted."""
        with _as_codes():
            found = self._api.restful(
                "composite/sobjects", method="DELETE",
                params={"ids": ",".join(ids), "allOrNone": "false"},
            )  # fmt: skip
        answers = _answers(found, len(ids))
        return [
            Answer(remote_id=one.remote_id)
            if one.code in ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY")
            else one
            for one in answers
        ]

    def rows(self, object_type: str, fields: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Every record with an external id, page by page."""
        external = EXTERNAL_ID[object_type]
        names = ", ".join(dict.fromkeys(("Id", external, *fields)))
        with _as_codes():
            yield from self._api.query_all_iter(
                # Names of objects and fields of our own mapping; nothing a person wrote.
                f"SELECT {names} FROM {object_type} WHERE {external} != null"  # noqa: S608
            )

    def addresses(self) -> Iterator[str]:
        """The address of every contact over there, ours or not."""
        with _as_codes():
            for row in self._api.query_all_iter("SELECT Email FROM Contact WHERE Email != null"):
                yield str(row["Email"])


def _answers(found: Any, count: int) -> list[Answer]:
    if not isinstance(found, list) or len(found) != count:
        raise RollcallError("Salesforce answered in another shape.", code="server")
    return [_answer(item) for item in found]


def _answer(item: Mapping[str, Any]) -> Answer:
    if item.get("success"):
        return Answer(remote_id=str(item.get("id") or ""), created=bool(item.get("created")))
    error = (item.get("errors") or [{}])[0]
    return Answer(
        code=str(error.get("statusCode") or "UNKNOWN")[:80],
        fields=tuple(str(name) for name in error.get("fields") or ()),
    )
