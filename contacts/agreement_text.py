"""Fills the agreement text and takes its hash. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from backoffice.core.errors import BadInput

#: Names that may stand in braces in a text.
PLACEHOLDERS = frozenset(
    "agency agency_address organisation address country member_type lead effective_on".split()
)
BRACES = re.compile(r"\{([^{}]*)\}")


def unknown_placeholders(body: str) -> list[str]:
    """Names in braces that nothing fills."""
    return sorted({name for name in BRACES.findall(body) if name not in PLACEHOLDERS})


def fill(body: str, values: Mapping[str, str]) -> str:
    """The text as it is mailed and signed. Raises: BadInput for an unknown name in braces."""
    unknown = unknown_placeholders(body)
    if unknown:
        raise BadInput(
            f"The agreement text names “{unknown[0]}”, which nothing fills.", code="placeholder"
        )
    filled = BRACES.sub(lambda match: values.get(match.group(1), ""), body)
    return filled.replace("\r\n", "\n").strip() + "\n"


def digest(text: str) -> str:
    """SHA-256 of the UTF-8 text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def paragraphs(text: str) -> list[tuple[str, str]]:
    """("heading" | "text", content) per block; a block that begins with ``# `` is a heading."""
    found = []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("# "):
            found.append(("heading", block[2:].strip()))
        else:
            found.append(("text", block.strip()))
    return found
