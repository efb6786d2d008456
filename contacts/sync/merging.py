"""The sync's part in a merge: the copy of the record that gives way is ended by the next run."""

from __future__ import annotations

from contacts.registry import MergePolicy, Relation

# Tied to the record that it was sent for; the winner has or gets a copy of its own.
WHY = "a copy in another system; the next sync ends it there"
SYNC = MergePolicy(
    (
        Relation("sync.SyncRecord", "organisation", "leave", why=WHY),
        Relation("sync.SyncRecord", "contact", "leave", why=WHY),
    )
)
