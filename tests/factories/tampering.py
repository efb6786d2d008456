"""Changes the audit log past its own guards, to see that the change is found."""

from __future__ import annotations

from django.db import connection


def without_triggers(sql: str) -> None:
    """Runs one statement with the triggers of the audit entries off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER ALL")
            cursor.execute(sql)
            cursor.execute("ALTER TABLE core_auditevent ENABLE TRIGGER ALL")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
        triggers = [row for row in cursor.fetchall() if "auditevent" in row[0]]
        for name, _text in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql)
        for _name, text in triggers:
            cursor.execute(text)
