"""Asks VIES, the Commission's register of VAT ids. The answer has three values and is never an error.

Source: VIES REST API, `POST /check-vat-number`. With the requester's own VAT id the answer carries a
request identifier, the proof of the enquiry. Everything that is neither a yes nor a no (a member state
that is down, a limit, a time-out, another shape) is `unknown`, which never counts as invalid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from billing.einvoice.vat_id import Answer

TIMEOUT = 20  # seconds; some member states take fifteen
#: What VIES gives in place of a name that the member state does not disclose.
NO_NAME = frozenset({"", "---"})
#: Reasons that concern the whole member state: the next id of it need not be asked now.
COUNTRY_DOWN = frozenset({"MS_UNAVAILABLE", "MS_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ_TIME"})


@dataclass(frozen=True, slots=True)
class ViesAnswer:
    """`reason` is VIES's own word where there is neither yes nor no."""

    answer: Answer
    request_id: str = ""
    name: str = ""
    reason: str = ""

    @property
    def country_is_down(self) -> bool:
        return self.reason in COUNTRY_DOWN


def ask(base_url: str, vat_id: str, requester: str = "") -> ViesAnswer:
    """What VIES says about a VAT id in compact form, prefix first."""
    question = {"countryCode": vat_id[:2], "vatNumber": vat_id[2:]}
    if requester:
        question |= {
            "requesterMemberStateCode": requester[:2],
            "requesterNumber": requester[2:],
        }
    try:
        answer = requests.post(
            f"{base_url}/check-vat-number", json=question, timeout=TIMEOUT, allow_redirects=False
        )
        data = answer.json()
    except requests.RequestException as error:
        return ViesAnswer(Answer.UNKNOWN, reason=type(error).__name__)
    if not isinstance(data, Mapping):
        return ViesAnswer(Answer.UNKNOWN, reason="shape")
    return read_answer(data, answer.status_code)


def read_answer(data: Mapping[str, Any], status: int = 200) -> ViesAnswer:
    """The answer in a decoded body. Only a clear yes or no counts."""
    valid = data.get("valid", data.get("isValid"))
    fault = _fault(data)
    if status != 200 or fault or not isinstance(valid, bool):
        return ViesAnswer(Answer.UNKNOWN, reason=(fault or f"status {status}")[:60])
    name = str(data.get("name") or data.get("traderName") or "").strip()
    return ViesAnswer(
        Answer.VALID if valid else Answer.INVALID,
        request_id=str(data.get("requestIdentifier") or "")[:60],
        name="" if name in NO_NAME else " ".join(name.split())[:200],
    )


def _fault(data: Mapping[str, Any]) -> str:
    wrappers = data.get("errorWrappers")
    if isinstance(wrappers, list) and wrappers and isinstance(wrappers[0], Mapping):
        return str(wrappers[0].get("error") or "error")
    word = str(data.get("userError") or "")
    return "" if word in ("", "VALID", "INVALID") else word
