"""The roll in the admin."""

from contacts.admin import duties, imports, membership, organisations, people, records  # noqa: F401
