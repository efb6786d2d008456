"""Settings of the privacy desk."""

from backoffice.settings.environment import env, percent, secret, whole_number

# A retention rule that would hit more than this share of its rows, in percent, waits for a person ...
ROLLCALL_RETENTION_BRAKE = percent("ROLLCALL_RETENTION_BRAKE", "10")
# ... once it would hit more rows than this.
ROLLCALL_RETENTION_FROM = whole_number("ROLLCALL_RETENTION_FROM", 50)

# Webhooks of help desks are open only where a secret is set.
ROLLCALL_ZENDESK_SECRET = secret("ROLLCALL_ZENDESK_SECRET", default="")
ROLLCALL_ZENDESK_URL = env.str("ROLLCALL_ZENDESK_URL", default="")
ROLLCALL_FRONT_SECRET = secret("ROLLCALL_FRONT_SECRET", default="")
ROLLCALL_FRONT_API_SECRET = secret("ROLLCALL_FRONT_API_SECRET", default="")
# Tickets with one of these tags become privacy cases.
ROLLCALL_HELPDESK_TAGS = frozenset(
    filter(
        None,
        (
            word.strip().lower()
            for word in env.str("ROLLCALL_HELPDESK_TAGS", default="privacy-request").split(",")
        ),
    )
)
