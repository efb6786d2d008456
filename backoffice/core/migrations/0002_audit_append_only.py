"""UPDATE and DELETE on audit entries are refused by the database itself; cache table for rate limits."""

from django.core.management import call_command
from django.db import migrations

SQLITE = [
    f"""CREATE TRIGGER core_auditevent_no_{word} BEFORE {word.upper()} ON core_auditevent
    BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END"""
    for word in ("update", "delete")
]
POSTGRES = [
    """CREATE FUNCTION core_auditevent_refuse() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER core_auditevent_append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_auditevent_refuse()""",
]


def forwards(apps, schema_editor):
    statements = POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER core_auditevent_append_only ON core_auditevent")
        schema_editor.execute("DROP FUNCTION core_auditevent_refuse()")
    else:
        schema_editor.execute("DROP TRIGGER core_auditevent_no_update")
        schema_editor.execute("DROP TRIGGER core_auditevent_no_delete")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
