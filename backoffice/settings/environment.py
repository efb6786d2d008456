"""Reads the environment. Every variable has one reader here and one row in docs/settings.md."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()


def flag(name: str, default: bool) -> bool:
    """A yes/no variable.

    Raises: ImproperlyConfigured when the value is neither.
    """
    raw = env.str(name, default="")
    if raw == "":
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is not understood; use 1 or 0.")


def whole_number(name: str, default: int) -> int:
    """A variable that holds a whole number, zero or more.

    Raises: ImproperlyConfigured otherwise.
    """
    raw = env.str(name, default="")
    if raw == "":
        return default
    if not raw.isdigit():
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number.")
    return int(raw)


def percent(name: str, default: str) -> float:
    """A share in percent, from above 0 to 100, as a fraction of one.

    Raises: ImproperlyConfigured otherwise.
    """
    raw = env.str(name, default=default) or default
    try:
        value = float(raw)
    except ValueError:
        value = -1.0
    if not 0 < value <= 100:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a share in percent, such as 0.1 or 5.")
    return value / 100


def choice(name: str, default: str, allowed: set[str]) -> str:
    """A variable with a closed list of values.

    Raises: ImproperlyConfigured for any other value.
    """
    raw = env.str(name, default=default)
    if raw not in allowed:
        raise ImproperlyConfigured(f"{name}={raw!r} is unknown; use one of {sorted(allowed)}.")
    return raw


def secret(name: str, default: str | None = None) -> str:
    """A secret from ``NAME`` or from the file that ``NAME_FILE`` names.

    Raises: ImproperlyConfigured when neither is set and no default is given, or the file is unreadable.
    """
    file_name = env.str(f"{name}_FILE", default="")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE names {file_name}, which cannot be read: {error.strerror}."
            ) from error
    value = env.str(name, default="")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set; set it or {name}_FILE.")
    return default


def secrets_list(name: str) -> tuple[str, ...]:
    """Secrets from ``NAME`` or the file that ``NAME_FILE`` names, parted by spaces or lines."""
    return tuple(secret(name, default="").split())


def database(default_path: Path) -> dict:
    """``DATABASE_URL`` as Django's setting; SQLite tuned for short, immediate transactions.

    SQLite without IMMEDIATE refuses a third of concurrent read-then-write transactions at once,
    whatever the timeout.

    Raises: ImproperlyConfigured for an unknown scheme.
    """
    url = env.str("DATABASE_URL", default=f"sqlite:///{default_path}")
    if urlsplit(url).scheme not in {"sqlite", "postgres", "postgresql", "psql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must start with sqlite:/// or postgresql://; "
            f"it starts with {urlsplit(url).scheme or 'nothing'!r}."
        )
    config = env.db_url_config(url)
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-20000;"
                "PRAGMA journal_size_limit=27103364;"
            ),
        }
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
    return config
