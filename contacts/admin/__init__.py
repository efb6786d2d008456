"""The roll in the admin."""

from contacts.admin import (  # noqa: F401
    applications,
    confirmations,
    duties,
    handovers,
    imports,
    membership,
    organisations,
    people,
    records,
)
