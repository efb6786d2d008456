"""The schema of an access export (JSON Schema 2020-12). A change of meaning is a new ``$id``."""

from typing import Any

TEXT = {"type": "string"}
ENTRY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["record", "category", "purpose", "basis", "retention", "portable", "values"],
    "properties": {
        "record": TEXT,
        "category": TEXT,
        "purpose": TEXT,
        "basis": {"type": "string", "pattern": "^Art\\. 6"},
        "retention": TEXT,
        "portable": {"type": "boolean"},
        "values": {"type": "object", "minProperties": 1},
    },
}
SECTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "rows"],
    "properties": {
        "title": TEXT,
        "rows": {"type": "array", "items": {"type": "object", "additionalProperties": TEXT}},
    },
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:rollcall:access-export:2",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema", "reference", "controller", "made_on", "language", "automated_decisions",
        "recipients", "rights", "source", "withheld", "data", "sections",
    ],
    "properties": {
        "schema": {"const": "urn:rollcall:access-export:2"},
        "reference": TEXT,
        "controller": TEXT,
        "made_on": {"type": "string", "format": "date"},
        "language": TEXT,
        "automated_decisions": {"const": False},
        "recipients": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "purpose"],
                "properties": {"name": TEXT, "purpose": TEXT},
            },
        },
        "rights": {"type": "array", "items": TEXT},
        "source": TEXT,
        "withheld": {"type": "integer", "minimum": 0},
        "data": {"type": "array", "items": ENTRY},
        "sections": {"type": "array", "items": SECTION},
    },
}  # fmt: skip
