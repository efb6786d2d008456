"""Production: every secret is given, TLS is expected, demo mode is refused."""

from django.core.exceptions import ImproperlyConfigured

from backoffice.settings.base import *  # noqa: F403
from backoffice.settings.base import ROLLCALL_BASE_URL, ROLLCALL_DEMO, STORAGES
from backoffice.settings.environment import env, flag, secret, whole_number

DEBUG = False
SECRET_KEY = secret("ROLLCALL_SECRET_KEY")
ROLLCALL_SUPPRESSION_KEY = secret("ROLLCALL_SUPPRESSION_KEY")
ROLLCALL_ELECTION_KEY = secret("ROLLCALL_ELECTION_KEY")
ROLLCALL_SMTP_PASSWORD = secret("ROLLCALL_SMTP_PASSWORD", default="")

for _name, _value in (
    ("ROLLCALL_SECRET_KEY", SECRET_KEY),
    ("ROLLCALL_SUPPRESSION_KEY", ROLLCALL_SUPPRESSION_KEY),
    ("ROLLCALL_ELECTION_KEY", ROLLCALL_ELECTION_KEY),
):
    if len(_value) < 40 or len(set(_value)) < 8 or "insecure" in _value or "change" in _value:
        raise ImproperlyConfigured(
            f"{_name} is too short or a default; give at least 40 random characters."
        )
if len({SECRET_KEY, ROLLCALL_SUPPRESSION_KEY, ROLLCALL_ELECTION_KEY}) < 3:
    raise ImproperlyConfigured("The three secrets must differ from each other.")
if ROLLCALL_DEMO:
    raise ImproperlyConfigured("ROLLCALL_DEMO=1 is refused in production.")
if not ROLLCALL_BASE_URL.startswith("https://"):
    raise ImproperlyConfigured("ROLLCALL_BASE_URL must start with https:// in production.")

ALLOWED_HOSTS = env.list("ROLLCALL_HOSTS", default=[ROLLCALL_BASE_URL.split("://", 1)[1]])
CSRF_TRUSTED_ORIGINS = [ROLLCALL_BASE_URL]
SECURE_SSL_REDIRECT = flag("ROLLCALL_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = whole_number("ROLLCALL_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STORAGES["staticfiles"] = {
    "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
}
