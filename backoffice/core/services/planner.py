"""What the database knows of its own tables: SQLite counts nothing by itself and then picks the index
of a role that everybody holds before that of a hundred contacts. PostgreSQL looks after itself.

Source: sqlite.org, "The ANALYZE statement", approximate ANALYZE for large databases.
"""

from __future__ import annotations

from django.db import connection

# Rows looked at in each index; some milliseconds for the whole database, whatever its size.
LOOKED_AT = 400


def refresh_statistics() -> None:
    """After much was written, outside a transaction; cheap enough to be done each time."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
        cursor.execute("ANALYZE")
