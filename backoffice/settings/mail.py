"""How mail leaves, what comes back, and from which size on somebody looks first."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from backoffice.settings.environment import (
    choice,
    env,
    flag,
    percent,
    secret,
    secrets_list,
    whole_number,
)

EMAIL_BACKEND = "backoffice.delivery.backend.GatedBackend"
DEFAULT_FROM_EMAIL = env.str("ROLLCALL_FROM", default="Rollcall <office@rollcall.example>")
# Provider → anymail's names for key, second secret, account domain and address of its interface.
PROVIDERS: dict[str, dict[str, str]] = {
    "mailgun": {"key": "MAILGUN_API_KEY", "secret": "MAILGUN_WEBHOOK_SIGNING_KEY",
                "domain": "MAILGUN_SENDER_DOMAIN", "url": "MAILGUN_API_URL"},
    "postmark": {"key": "POSTMARK_SERVER_TOKEN", "url": "POSTMARK_API_URL"},
    "brevo": {"key": "BREVO_API_KEY", "url": "BREVO_API_URL"},
    "sparkpost": {"key": "SPARKPOST_API_KEY", "url": "SPARKPOST_API_URL"},
    "mailjet": {"key": "MAILJET_API_KEY", "secret": "MAILJET_SECRET_KEY", "url": "MAILJET_API_URL"},
    "amazon_ses": {},
}  # fmt: skip
# "outbox" keeps a message for the local outbox page, "smtp" hands it to a relay.
ROLLCALL_TRANSPORT = choice("ROLLCALL_TRANSPORT", "outbox", {"outbox", "smtp", *PROVIDERS})
ROLLCALL_SMTP_HOST = env.str("ROLLCALL_SMTP_HOST", default="127.0.0.1")
ROLLCALL_SMTP_PORT = whole_number("ROLLCALL_SMTP_PORT", 25)
ROLLCALL_SMTP_TLS = choice("ROLLCALL_SMTP_TLS", "none", {"none", "starttls", "implicit"})
ROLLCALL_SMTP_USER = env.str("ROLLCALL_SMTP_USER", default="")
ROLLCALL_WEBHOOK_SECRET = secret("ROLLCALL_WEBHOOK_SECRET", default="")


def provider_settings(name: str) -> dict[str, Any]:
    """What anymail needs of one provider.

    Raises: ImproperlyConfigured when its key or its package is missing.
    """
    if name == "amazon_ses" and find_spec("boto3") is None:
        raise ImproperlyConfigured(
            "ROLLCALL_TRANSPORT=amazon_ses needs the package boto3; install it, or use smtp with the "
            "SMTP interface of Amazon SES."
        )
    names = PROVIDERS.get(name, {})
    if not names:
        return {}
    given = {
        "key": secret("ROLLCALL_PROVIDER_KEY", default=""),
        "secret": secret("ROLLCALL_PROVIDER_SECRET", default=""),
        "domain": env.str("ROLLCALL_PROVIDER_DOMAIN", default=""),
        "url": env.str("ROLLCALL_PROVIDER_URL", default=""),
    }
    needed = ["key", *(["secret"] if name == "mailjet" else [])]
    for word in needed:
        if not given[word]:
            raise ImproperlyConfigured(
                f"ROLLCALL_TRANSPORT={name} needs ROLLCALL_PROVIDER_{word.upper()}."
            )
    return {names[word]: given[word] for word in names if given[word]}


ANYMAIL: dict[str, Any] = {
    **({"WEBHOOK_SECRET": ROLLCALL_WEBHOOK_SECRET} if ROLLCALL_WEBHOOK_SECRET else {}),
    **provider_settings(ROLLCALL_TRANSPORT),
}
# The operator has switched off counting of opens and clicks in the provider's account.
ROLLCALL_TRACKING_OFF = flag("ROLLCALL_TRACKING_OFF", False)
# "Precedence: bulk" and "X-Auto-Response-Suppress", which keep vacation replies away.
ROLLCALL_BULK_HEADERS = flag("ROLLCALL_BULK_HEADERS", True)

ROLLCALL_INBOUND_DOMAIN = env.str("ROLLCALL_INBOUND_DOMAIN", default="mail.rollcall.example")


def inbound_addresses(text: str) -> dict[str, frozenset[str]]:
    """Handler → further addresses: ``privacy=a@example.org,b@example.org;support=c@example.org``.

    Raises: ImproperlyConfigured for anything else.
    """
    found: dict[str, frozenset[str]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, equals, addresses = part.partition("=")
        listed = frozenset(filter(None, (word.strip().lower() for word in addresses.split(","))))
        if not equals or not listed or not all("@" in word for word in listed):
            raise ImproperlyConfigured(
                f"ROLLCALL_INBOUND_ADDRESSES: {part!r} is not understood; write "
                "handler=address,address;handler=address."
            )
        found[name.strip()] = listed
    return found


ROLLCALL_INBOUND_ADDRESSES = inbound_addresses(env.str("ROLLCALL_INBOUND_ADDRESSES", default=""))
# A mailbox that is emptied by the worker, for sites without a provider's inbound webhook.
ROLLCALL_IMAP_HOST = env.str("ROLLCALL_IMAP_HOST", default="")
ROLLCALL_IMAP_PORT = whole_number("ROLLCALL_IMAP_PORT", 993)
ROLLCALL_IMAP_TLS = choice("ROLLCALL_IMAP_TLS", "implicit", {"none", "starttls", "implicit"})
ROLLCALL_IMAP_USER = env.str("ROLLCALL_IMAP_USER", default="")
ROLLCALL_IMAP_PASSWORD = secret("ROLLCALL_IMAP_PASSWORD", default="")
ROLLCALL_IMAP_FOLDER = env.str("ROLLCALL_IMAP_FOLDER", default="INBOX")

# More recipients than this need a second person's approval before a mailing starts.
ROLLCALL_FOUR_EYES = whole_number("ROLLCALL_FOUR_EYES", 500)
# More recipients than this do not start while mail_doctor finds a problem, unless somebody says why.
ROLLCALL_DOCTOR_FROM = whole_number("ROLLCALL_DOCTOR_FROM", 500)
# A mailing pauses itself at these shares of complaints and hard bounces, in percent, once so many
# have been handed over.
ROLLCALL_PAUSE_AFTER = whole_number("ROLLCALL_PAUSE_AFTER", 200)
ROLLCALL_PAUSE_COMPLAINTS = percent("ROLLCALL_PAUSE_COMPLAINTS", "0.1")
ROLLCALL_PAUSE_BOUNCES = percent("ROLLCALL_PAUSE_BOUNCES", "5")
# Whether staff may subscribe an address that wrote to the help desk.
ROLLCALL_HELPDESK_MAY_SUBSCRIBE = flag("ROLLCALL_HELPDESK_MAY_SUBSCRIBE", False)
# Keys that the suppression ledger was used with before, from the oldest on; see docs/running.md.
ROLLCALL_SUPPRESSION_FORMER_KEYS = secrets_list("ROLLCALL_SUPPRESSION_FORMER_KEYS")
# Whether a sign-up keeps the network address as a further proof; opinions on that differ.
ROLLCALL_CONSENT_IP = flag("ROLLCALL_CONSENT_IP", False)
