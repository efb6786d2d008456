"""One current version of a schedule per day on PostgreSQL; guards of issued and sealed rows."""

from django.db import migrations

from billing import guards

NO_OVERLAP = """ALTER TABLE billing_feeschedule ADD CONSTRAINT billing_schedule_no_overlap
EXCLUDE USING gist (agency WITH =, daterange(valid_from, valid_until, '[)') WITH &&)
WHERE (superseded_at IS NULL)"""


def supersede_older(apps, schema_editor):
    schedules = apps.get_model("billing", "FeeSchedule").objects
    for row in schedules.filter(superseded_at=None):
        newer = schedules.filter(code=row.code, version__gt=row.version).order_by("version").first()
        if newer is not None:
            schedules.filter(pk=row.pk).update(superseded_at=newer.loaded_at)


def exclude_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        # A trusted extension: the owner of the database may create it.
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        schema_editor.execute(NO_OVERLAP)


def allow_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE billing_feeschedule DROP CONSTRAINT billing_schedule_no_overlap"
        )


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_usage_desk")]
    operations = [
        migrations.RunPython(supersede_older, migrations.RunPython.noop),
        migrations.RunPython(exclude_overlaps, allow_overlaps),
        migrations.RunPython(guards.install, guards.remove),
    ]
