"""Asks the registry how many DOIs a repository registered in a calendar year.

Source: DataCite REST API, `GET /dois` with client-id, registered (both ends of the year inclusive) and
state; the totals of other end points leave out the last day of a year.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import requests

from backoffice.core.errors import NotConfigured, RollcallError
from billing.registry.answers import UnreadableAnswer, total_of

TIMEOUT = 20  # seconds
ATTEMPTS = 4
#: Seconds before the next attempt when the registry is busy; it may ask for more.
WAITS = (1.0, 4.0, 15.0)
LONGEST_WAIT = 60.0
BUSY = frozenset({429, 500, 502, 503, 504})


class RegistryCounts:
    """One registry at one address; keeps its connection open."""

    def __init__(self, base_url: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        if not base_url:
            raise NotConfigured("ROLLCALL_REGISTRY_URL names no registry to ask.")
        self._base, self._pause = base_url.rstrip("/"), pause
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "Rollcall usage comparison"

    def question(self, year: int) -> str:
        """What is asked, as it is kept beside the figures."""
        return f"dois?client-id=…&registered={year}&state=registered,findable: meta.total"

    def registered(self, symbol: str, year: int) -> int | None:
        """The count of one repository; None when the registry does not know it.

        Raises: RollcallError when the registry cannot be reached or answers in another shape.
        """
        parameters = {
            "client-id": symbol.lower(),
            "registered": str(year),
            "state": "registered,findable",
            "page[size]": "0",
        }
        answer = self._get("/dois", parameters)
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise RollcallError(
                f"The registry answered {answer.status_code} for {symbol}.", code="registry"
            )
        try:
            return total_of(answer.json())
        except (UnreadableAnswer, ValueError) as error:
            raise RollcallError(f"{symbol}: {error}.", code="registry_shape") from error

    def _get(self, path: str, parameters: dict[str, str]) -> requests.Response:
        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            try:
                answer = self._session.get(
                    self._base + path, params=parameters, timeout=TIMEOUT, allow_redirects=False
                )
            except requests.RequestException as error:
                if last:
                    raise RollcallError(
                        f"The registry cannot be reached: {type(error).__name__}.", code="registry"
                    ) from error
                self._pause(WAITS[attempt])
                continue
            if answer.status_code not in BUSY or last:
                return answer
            asked = answer.headers.get("Retry-After", "")
            wait = float(asked) if asked.isdigit() else WAITS[attempt]
            self._pause(min(wait, LONGEST_WAIT))
        raise AssertionError("unreachable")
