"""The queue of pairs has its index; PostgreSQL finds parts of words by trigrams. SQLite has no such
index and reads the folded column, which is short."""

from django.db import migrations, models

TRIGRAMS = (
    ("contacts_organisation", "name_folded"),
    ("contacts_othername", "name_folded"),
    ("contacts_contact", "name_folded"),
    ("contacts_contactaddress", "address"),
    ("contacts_repository", "name_folded"),
)


def name_of(table, column):
    return f"{table}_{column}_trgm"


def add_trigrams(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    # A trusted extension: the owner of the database may create it.
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for table, column in TRIGRAMS:
        schema_editor.execute(
            f"CREATE INDEX {name_of(table, column)} ON {table} USING gin ({column} gin_trgm_ops)"
        )


def drop_trigrams(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, column in TRIGRAMS:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name_of(table, column)}")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0005_rounds")]
    operations = [
        migrations.AddIndex(
            model_name="duplicatepair",
            index=models.Index(fields=["kind", "state", "-score"], name="contacts_pair_queue"),
        ),
        migrations.AddIndex(
            model_name="duplicatepair",
            index=models.Index(fields=["kind", "right_id"], name="contacts_pair_right"),
        ),
        migrations.RunPython(add_trigrams, drop_trigrams),
    ]
