from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "backoffice.delivery"
    label = "delivery"
    verbose_name = _("Delivery")

    def ready(self) -> None:
        post_migrate.connect(_note_first_key, sender=self)


def _note_first_key(**_facts: object) -> None:
    from backoffice.delivery.models import LedgerKey
    from backoffice.delivery.services.key_rotation import note_first_key

    # Not there yet when an older state is migrated to.
    if LedgerKey._meta.db_table in connection.introspection.table_names():
        note_first_key()
