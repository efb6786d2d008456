"""The roll in the admin."""

from contacts.admin import (  # noqa: F401
    applications,
    duties,
    imports,
    membership,
    organisations,
    people,
    records,
)
