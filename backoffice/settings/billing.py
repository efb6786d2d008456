"""Settings of billing: the registry that counts registrations, and VIES."""

from __future__ import annotations

from backoffice.settings.environment import env, whole_number

# The registry whose counts usage figures are compared with; empty: by uploaded file only.
ROLLCALL_REGISTRY_URL = env.str("ROLLCALL_REGISTRY_URL", default="").rstrip("/")

# VIES: empty checks VAT ids by form and check digits only. An online answer counts so many days.
ROLLCALL_VIES_URL = env.str("ROLLCALL_VIES_URL", default="").rstrip("/")
ROLLCALL_VAT_DAYS = whole_number("ROLLCALL_VAT_DAYS", 90)

# What the tax adviser says for DATEV: numbers, length of accounts, and BU keys as "S19=3,AE0=94".
ROLLCALL_DATEV_ADVISER = whole_number("ROLLCALL_DATEV_ADVISER", 1001)
ROLLCALL_DATEV_CLIENT = whole_number("ROLLCALL_DATEV_CLIENT", 1)
ROLLCALL_DATEV_ACCOUNT_LENGTH = whole_number("ROLLCALL_DATEV_ACCOUNT_LENGTH", 6)
ROLLCALL_DATEV_TAX_KEYS = env.str("ROLLCALL_DATEV_TAX_KEYS", default="")
