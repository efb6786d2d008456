"""The electoral roll as a salted hash list: a root for everyone, a path for each entry.

A leaf is SHA-256 of 0x00, salt and the canonical entry; a node of 0x01, left and right. An odd node
moves up unchanged. Leaves stand in the order of their hashes, so places tell nothing.
"""

from __future__ import annotations

import hashlib
from typing import Any

from .canonical import canonical_bytes


def leaf_hash(entry: dict[str, Any], salt: str) -> str:
    """Hexadecimal hash of one entry with its salt (hexadecimal)."""
    return hashlib.sha256(b"\0" + bytes.fromhex(salt) + canonical_bytes(entry)).hexdigest()


def _pair(left: str, right: str) -> str:
    return hashlib.sha256(b"\1" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def _levels(leaves: list[str]) -> list[list[str]]:
    levels = [sorted(leaves)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        pairs = [_pair(row[n], row[n + 1]) for n in range(0, len(row) - 1, 2)]
        levels.append(pairs + row[len(pairs) * 2 :])
    return levels


def roll_root(leaves: list[str]) -> str:
    """The root over all leaves; of no leaf, the hash of nothing."""
    return _levels(leaves)[-1][0] if leaves else hashlib.sha256(b"").hexdigest()


def roll_paths(leaves: list[str]) -> dict[str, list[list[str]]]:
    """For each leaf the steps to the root, each as `["left" | "right", hash]` of the sibling."""
    levels = _levels(leaves) if leaves else []
    paths: dict[str, list[list[str]]] = {}
    for place, leaf in enumerate(levels[0] if levels else []):
        steps, at = [], place
        for row in levels[:-1]:
            sibling = at ^ 1
            if sibling < len(row):
                steps.append(["right" if sibling > at else "left", row[sibling]])
            at //= 2
        paths[leaf] = steps
    return paths


def path_leads_to(leaf: str, path: list[list[str]], root: str) -> bool:
    """Whether the steps lead from the leaf to the root."""
    node = leaf
    for side, sibling in path:
        node = _pair(node, sibling) if side == "right" else _pair(sibling, node)
    return node == root
