"""Settings of the connections: Salesforce and the registry's sign-in."""

from __future__ import annotations

from backoffice.settings.environment import env, flag, secret

# "agency.my" of https://agency.my.salesforce.com; empty: no Salesforce. Client credentials flow.
ROLLCALL_SALESFORCE_DOMAIN = env.str("ROLLCALL_SALESFORCE_DOMAIN", default="")
ROLLCALL_SALESFORCE_KEY = env.str("ROLLCALL_SALESFORCE_KEY", default="")
ROLLCALL_SALESFORCE_SECRET = secret("ROLLCALL_SALESFORCE_SECRET", default="")
# A loopback address that answers in Salesforce's place (`manage.py standin salesforce`).
ROLLCALL_SALESFORCE_STANDIN = env.str("ROLLCALL_SALESFORCE_STANDIN", default="").rstrip("/")

# Without a sign-in the registry gives organisations and repositories, but no contacts.
ROLLCALL_REGISTRY_USER = env.str("ROLLCALL_REGISTRY_USER", default="")
ROLLCALL_REGISTRY_PASSWORD = secret("ROLLCALL_REGISTRY_PASSWORD", default="")
# Takes in the registry's organisations, repositories and contacts every night.
ROLLCALL_REGISTRY_SYNC = flag("ROLLCALL_REGISTRY_SYNC", False)
