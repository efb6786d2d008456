"""What the database itself refuses: changes of issued documents, billed schedules, signed usage.

The statements stand here and not in one migration, because SQLite rebuilds a table when a column is
added: its triggers are lost, and those of other tables that look into it fail meanwhile. So every
migration of these tables begins with :func:`remove` and ends with :func:`install`. The nightly check
reports a guard that is missing.
"""

from __future__ import annotations

from typing import Any

FROZEN_INVOICE = (
    *("number", "series", "sequence", "kind", "corrects_id", "issue_date", "due_date"),
    *("period_start", "period_end", "currency", "net_amount", "tax_amount", "gross_amount"),
    *("regime", "tax_category", "tax_rate", "legal_ground", "order_reference"),
    *("payment_reference", "language", "snapshot", "xml", "xml_sha256", "rules_version"),
    "issued_at",
)
FROZEN_LINE = (
    *("invoice_id", "position", "component", "code", "label", "quantity", "unit_price"),
    *("net_amount", "tax_category", "tax_rate", "account", "period_start", "period_end"),
    "explanation",
)
FROZEN_SCHEDULE = (
    *("code", "version", "agency", "currency", "valid_from", "valid_until", "data", "digest"),
    "source",
)
FROZEN_SNAPSHOT = ("year", "source", "counted_at", "state", "digest", "signed_by", "sealed_at")
CLOSED = "('signed', 'sealed')"
BILLED = "EXISTS (SELECT 1 FROM billing_invoice WHERE schedule_id = OLD.id)"

#: (name, table, event, condition, message); the condition is written for both databases, with
#: {changed} in place of the comparison of the frozen columns.
GUARDS: tuple[tuple[str, str, str, tuple[str, ...], str, str], ...] = (
    ("billing_invoice_frozen", "billing_invoice", "UPDATE", FROZEN_INVOICE,
     "OLD.state <> 'draft' AND ({changed})", "an issued document never changes"),
    ("billing_invoice_kept", "billing_invoice", "DELETE", (),
     "OLD.state <> 'draft'", "an issued document is never deleted"),
    ("billing_line_frozen", "billing_invoiceline", "UPDATE", FROZEN_LINE,
     "{changed}", "a line of an issued document never changes"),
    ("billing_line_kept", "billing_invoiceline", "DELETE", (),
     "", "a line of an issued document is never deleted"),
    ("billing_snapshot_frozen", "billing_usagesnapshot", "UPDATE", FROZEN_SNAPSHOT,
     "OLD.state = 'sealed' AND ({changed})", "sealed usage figures never change"),
    ("billing_snapshot_kept", "billing_usagesnapshot", "DELETE", (),
     "OLD.state = 'sealed'", "sealed usage figures are never deleted"),
)  # fmt: skip
#: Guards that ask another table, written once per database below.
OTHERS = ("billing_schedule_frozen", "billing_usage_frozen")


def install(apps: Any, schema_editor: Any) -> None:
    """Makes every guard anew; harmless when it is there already."""
    remove(apps, schema_editor)
    make = _postgres if schema_editor.connection.vendor == "postgresql" else _sqlite
    for statement in make():
        schema_editor.execute(statement, params=None)


def remove(apps: Any, schema_editor: Any) -> None:
    """Takes every guard away, for a migration that goes back."""
    if schema_editor.connection.vendor == "postgresql":
        for name, table in _tables():
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for function in ("billing_refuse", "billing_schedule_check", "billing_usage_check"):
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {function}()")
        return
    for name in sqlite_names():
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _tables() -> list[tuple[str, str]]:
    return [
        *((guard[0], guard[1]) for guard in GUARDS),
        ("billing_schedule_frozen", "billing_feeschedule"),
        ("billing_usage_frozen", "billing_usagerow"),
    ]


def sqlite_names() -> list[str]:
    """The triggers of SQLite, where each event needs one of its own."""
    usage = [f"billing_usage_frozen_{event}" for event in ("insert", "update", "delete")]
    return [*(guard[0] for guard in GUARDS), "billing_schedule_frozen", *usage]


def _changed(columns: tuple[str, ...], differs: str) -> str:
    return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in columns)


def _sqlite() -> list[str]:
    made = []
    for name, table, event, columns, condition, message in GUARDS:
        when = condition.format(changed=_changed(columns, "IS NOT"))
        made.append(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"{f'WHEN {when} ' if when else ''}BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
    made.append(
        "CREATE TRIGGER billing_schedule_frozen BEFORE UPDATE ON billing_feeschedule "
        f"WHEN ({_changed(FROZEN_SCHEDULE, 'IS NOT')}) AND {BILLED} "
        "BEGIN SELECT RAISE(ABORT, 'a fee schedule that has billed a period never changes'); END"
    )
    for event, rows in (("insert", ("NEW",)), ("update", ("OLD", "NEW")), ("delete", ("OLD",))):
        of = ", ".join(f"{row}.snapshot_id" for row in rows)
        closed = f"(SELECT 1 FROM billing_usagesnapshot WHERE id IN ({of}) AND state IN {CLOSED})"  # noqa: S608
        made.append(
            f"CREATE TRIGGER billing_usage_frozen_{event} BEFORE {event.upper()} "
            f"ON billing_usagerow WHEN EXISTS {closed} "
            "BEGIN SELECT RAISE(ABORT, 'signed usage figures never change'); END"
        )
    return made


def _postgres() -> list[str]:
    refusal = "USING ERRCODE = 'integrity_constraint_violation'"
    made = [
        "CREATE FUNCTION billing_refuse() RETURNS trigger AS $$ "
        f"BEGIN RAISE EXCEPTION '%', TG_ARGV[0] {refusal}; END $$ LANGUAGE plpgsql",
        "CREATE FUNCTION billing_schedule_check() RETURNS trigger AS $$ BEGIN "
        f"IF {BILLED} THEN RAISE EXCEPTION 'a fee schedule that has billed a period never changes' "
        f"{refusal}; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
        # FOR SHARE waits for a signature being written at the same moment, and then sees it.
        "CREATE FUNCTION billing_usage_check() "  # noqa: S608
        "RETURNS trigger AS $$ DECLARE found text; BEGIN "
        "FOR found IN SELECT state FROM billing_usagesnapshot WHERE id IN "
        "(COALESCE(NEW.snapshot_id, OLD.snapshot_id), COALESCE(OLD.snapshot_id, NEW.snapshot_id)) "
        "FOR SHARE LOOP "
        f"IF found IN {CLOSED} THEN RAISE EXCEPTION 'signed usage figures never change' {refusal}; "
        "END IF; END LOOP; RETURN COALESCE(NEW, OLD); END $$ LANGUAGE plpgsql",
    ]
    for name, table, event, columns, condition, message in GUARDS:
        when = condition.format(changed=_changed(columns, "IS DISTINCT FROM"))
        made.append(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
            f"{f'WHEN ({when}) ' if when else ''}EXECUTE FUNCTION billing_refuse('{message}')"
        )
    made += [
        "CREATE TRIGGER billing_schedule_frozen BEFORE UPDATE ON billing_feeschedule FOR EACH ROW "
        f"WHEN ({_changed(FROZEN_SCHEDULE, 'IS DISTINCT FROM')}) "
        "EXECUTE FUNCTION billing_schedule_check()",
        "CREATE TRIGGER billing_usage_frozen BEFORE INSERT OR UPDATE OR DELETE ON billing_usagerow "
        "FOR EACH ROW EXECUTE FUNCTION billing_usage_check()",
    ]
    return made


def missing_guards(connection: Any) -> list[str]:
    """Names of guards that are not in the database; should be empty."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
            wanted = [name for name, _table in _tables()]
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            wanted = sqlite_names()
        known = {row[0] for row in cursor.fetchall()}
    return [name for name in wanted if name not in known]
