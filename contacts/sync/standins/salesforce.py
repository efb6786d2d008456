"""The part of Salesforce that the sync speaks to, in memory: sign-in, fields, collections, queries.

Source: Salesforce REST API 61 (sObject Collections, Describe, Query) and the OAuth 2.0 client
credentials flow; shapes as documented.
"""

from __future__ import annotations

import re
from typing import Any

TOKEN = "00D000000000001!standin"  # noqa: S105
LENGTHS: dict[str, dict[str, int]] = {
    "Account": {
        "Name": 255, "Fabrica__c": 64, "Member_Type__c": 255, "Region__c": 10,
        "Country_Code__c": 2, "ROR__c": 255, "Sector__c": 80, "Focus_Area__c": 80,
        "Tax_Status__c": 40, "Date_Joined__c": 0, "Is_Active__c": 0, "Is_Deleted__c": 0,
        "Website": 255, "DOI_Estimate_Year_1__c": 0, "BillingStreet": 255, "BillingCity": 40,
        "BillingPostalCode": 20, "BillingStateCode": 10, "BillingCountryCode": 10,
    },
    "Contact": {
        "FirstName": 40, "LastName": 80, "Email": 80, "Type__c": 4099, "Active__c": 0,
        "HasOptedOutOfEmail": 0, "Uid__c": 64,
    },
}  # fmt: skip
REQUIRED = {"Account": "Name", "Contact": "LastName"}
PREFIX = {"Account": "001", "Contact": "003"}
PARENTS = {
    "Account": ("Parent", "Account", "ParentId"),
    "Contact": ("Account", "Account", "AccountId"),
}
PAGE = 2000


class SalesforceStandin:
    """``stumbles``: (status, errorCode) that the next calls get instead of an answer; ``locked``:
    external ids whose rows cannot be written; ``secret`` is what a sign-in needs."""

    def __init__(self, key: str = "key", secret: str = "secret") -> None:  # noqa: S107
        self.key, self.secret = key, secret
        self.rows: dict[str, dict[str, dict[str, Any]]] = {"Account": {}, "Contact": {}}
        self.stumbles: list[tuple[int, str]] = []
        self.locked: set[str] = set()
        self.calls: list[str] = []
        self._next, self._asked = 0, ""

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: dict[str, str]
    ) -> tuple[int, Any]:
        if path.endswith("/oauth2/token"):
            return self._token(headers)
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}]
        self.calls.append(f"{method} {path.partition('/v61.0/')[2]}")
        if self.stumbles:
            status, code = self.stumbles.pop(0)
            return status, [{"errorCode": code, "message": code}]
        return self._route(method, path.partition("/v61.0/")[2], query, body)

    def _token(self, headers: dict[str, str]) -> tuple[int, Any]:
        import base64

        given = headers.get("authorization", "").removeprefix("Basic ")
        wanted = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        if given != wanted:
            return 400, {"error": "invalid_client", "error_description": "invalid client"}
        return 200, {
            "access_token": TOKEN, "instance_url": "https://standin.my.salesforce.com",
            "token_type": "Bearer",
        }  # fmt: skip

    def _route(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if match := re.fullmatch(r"sobjects/(\w+)/describe", path):
            return 200, {"fields": [{"name": n, "length": size, "picklistValues": []}
                                    for n, size in LENGTHS[match[1]].items()]}  # fmt: skip
        if match := re.fullmatch(r"composite/sobjects/(\w+)/(\w+)", path):
            return 200, [self._upsert(match[1], match[2], row) for row in body["records"]]
        if path == "composite/sobjects" and method == "DELETE":
            return 200, [self._delete(one) for one in query["ids"].split(",")]
        if path.startswith("query"):
            return 200, self._query(path, query)
        return 404, [{"errorCode": "NOT_FOUND", "message": "not found"}]

    def _upsert(self, kind: str, external: str, row: dict[str, Any]) -> dict[str, Any]:
        key = str(row[external])
        values = {n: v for n, v in row.items() if n not in ("attributes", external)}
        if key in self.locked:
            return _refused("UNABLE_TO_LOCK_ROW")
        long = [
            n for n, size in LENGTHS[kind].items() if size and len(str(values.get(n) or "")) > size
        ]
        if long:
            return _refused("STRING_TOO_LONG", *long)
        name, parent_kind, id_field = PARENTS[kind]
        parent = values.pop(name, None)
        if parent:
            found = self.rows[parent_kind].get(str(next(iter(parent.values()))))
            if found is None:
                return _refused("INVALID_FIELD", name)
            values[id_field] = found["Id"]
        known = self.rows[kind].get(key)
        if known is None and not values.get(REQUIRED[kind]):
            return _refused("REQUIRED_FIELD_MISSING", REQUIRED[kind])
        if known is None:
            self._next += 1
            known = self.rows[kind][key] = {
                "Id": f"{PREFIX[kind]}{self._next:012d}AAA",
                external: key,
            }
            known.update(values)
            return {"id": known["Id"], "success": True, "errors": [], "created": True}
        known.update(values)
        return {"id": known["Id"], "success": True, "errors": [], "created": False}

    def _delete(self, one: str) -> dict[str, Any]:
        for rows in self.rows.values():
            for key, row in list(rows.items()):
                if row["Id"] == one:
                    del rows[key]
                    return {"id": one, "success": True, "errors": []}
        return _refused("ENTITY_IS_DELETED")

    def _query(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        text, start = query.get("q", ""), 0
        if "-" in path:
            text, start = self._asked, int(path.rpartition("-")[2])
        self._asked = text
        match = re.match(r"SELECT (.+) FROM (\w+) ", text)
        names, kind = (match[1].split(", "), match[2]) if match else ([], "Account")
        found = [
            {"attributes": {"type": kind}, **{name: row.get(name) for name in names}}
            for row in self.rows[kind].values()
        ]
        page = found[start : start + PAGE]
        document: dict[str, Any] = {
            "totalSize": len(found), "done": start + PAGE >= len(found), "records": page,
        }  # fmt: skip
        if not document["done"]:
            document["nextRecordsUrl"] = f"/services/data/v61.0/query/01gstandin-{start + PAGE}"
        return document


def _refused(code: str, *fields: str) -> dict[str, Any]:
    return {
        "success": False,
        "errors": [{"statusCode": code, "message": f"{code}: said by the stand-in",
                    "fields": list(fields)}],
    }  # fmt: skip
