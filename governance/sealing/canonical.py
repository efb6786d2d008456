"""One way to write a document as bytes, so that its SHA-256 can be its name.

Canonical form: JSON in UTF-8, keys sorted by code point, no spaces, no escapes beyond those JSON
demands, text in Unicode form NFC, whole numbers only, no null values inside objects.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

from .errors import SealingError


def _plain(value: Any, path: str) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{n}]") for n, item in enumerate(value)]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise SealingError(f"{path}: keys must be text")
        return {
            unicodedata.normalize("NFC", key): _plain(item, f"{path}.{key}")
            for key, item in value.items()
            if item is not None
        }
    raise SealingError(f"{path}: {type(value).__name__} has no canonical form")


def canonical_bytes(document: Any) -> bytes:
    """The canonical form of `document`.

    Raises:
        SealingError: it holds something other than text, whole numbers, booleans, lists, objects.
    """
    plain = _plain(document, "$")
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256_hex(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def document_id(document: Any) -> str:
    """Hexadecimal SHA-256 of the canonical form."""
    return sha256_hex(canonical_bytes(document))
