"""One machine, one person: development and demo. Secrets are made once and kept under var/."""

from backoffice.settings.base import *  # noqa: F403
from backoffice.settings.base import VAR_DIR
from backoffice.settings.environment import flag
from backoffice.settings.localsecrets import local_secret

DEBUG = flag("ROLLCALL_DEBUG", False)
SECRET_KEY = local_secret(VAR_DIR, "ROLLCALL_SECRET_KEY")
ROLLCALL_SUPPRESSION_KEY = local_secret(VAR_DIR, "ROLLCALL_SUPPRESSION_KEY")
ROLLCALL_ELECTION_KEY = local_secret(VAR_DIR, "ROLLCALL_ELECTION_KEY")
ROLLCALL_SMTP_PASSWORD = local_secret(VAR_DIR, "ROLLCALL_SMTP_PASSWORD", make=False)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# Static files straight from the apps: one machine needs no collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
