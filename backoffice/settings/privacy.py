"""Settings of the privacy desk."""

from backoffice.settings.environment import percent, whole_number

# A retention rule that would hit more than this share of its rows, in percent, waits for a person ...
ROLLCALL_RETENTION_BRAKE = percent("ROLLCALL_RETENTION_BRAKE", "10")
# ... once it would hit more rows than this.
ROLLCALL_RETENTION_FROM = whole_number("ROLLCALL_RETENTION_FROM", 50)
