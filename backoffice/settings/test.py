"""The test suite: known secrets, mail kept in the outbox, tasks run by hand."""

import hashlib
import tempfile
from pathlib import Path

from backoffice.settings.base import *  # noqa: F403
from backoffice.settings.base import BASE_DIR, DATABASES, STORAGES

DEBUG = False
SECRET_KEY = "test-only-key-of-the-suite-000000000000000000000001"  # noqa: S105
ROLLCALL_SUPPRESSION_KEY = "test-only-suppression-key-00000000000000000000002"
ROLLCALL_ELECTION_KEY = "test-only-election-key-0000000000000000000000003"
ROLLCALL_SMTP_PASSWORD = ""
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# One folder per checkout: two worktrees with different models may run at the same time.
_CHECKOUT = hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:8]
VAR_DIR = Path(tempfile.gettempdir()) / f"rollcall-test-{_CHECKOUT}"
MEDIA_ROOT = VAR_DIR / "documents"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES["default"]["OPTIONS"]["location"] = str(MEDIA_ROOT)
ROLLCALL_TRANSPORT = "outbox"
ROLLCALL_WEBHOOK_SECRET = "hook:test-only-webhook-secret"  # noqa: S105
ANYMAIL = {"WEBHOOK_SECRET": ROLLCALL_WEBHOOK_SECRET}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads of the concurrency tests need connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "suite.sqlite3")}
