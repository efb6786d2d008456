"""Settings of billing: the registry that counts registrations, and VIES."""

from __future__ import annotations

from backoffice.settings.environment import env, whole_number

# The registry whose counts usage figures are compared with; empty: by uploaded file only.
ROLLCALL_REGISTRY_URL = env.str("ROLLCALL_REGISTRY_URL", default="").rstrip("/")

# VIES: empty checks VAT ids by form and check digits only. An online answer counts so many days.
ROLLCALL_VIES_URL = env.str("ROLLCALL_VIES_URL", default="").rstrip("/")
ROLLCALL_VAT_DAYS = whole_number("ROLLCALL_VAT_DAYS", 90)
