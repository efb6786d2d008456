"""Settings of billing: the registry that counts registrations."""

from __future__ import annotations

from backoffice.settings.environment import env

# The registry whose counts usage figures are compared with; empty: by uploaded file only.
ROLLCALL_REGISTRY_URL = env.str("ROLLCALL_REGISTRY_URL", default="").rstrip("/")
