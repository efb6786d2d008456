"""What the privacy desk puts into the registries; called by backoffice/wiring.py."""

from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from backoffice.core.personal_data import EXPORT_SECTIONS, ExportSection
from backoffice.core.services.schedule import SCHEDULES, Schedule
from backoffice.core.surfaces import PRESET_LOADERS, TILES
from backoffice.delivery.registry import ADDRESS_HASHES, INBOUND_HANDLERS, HashColumn
from contacts.privacy import (
    messages,
    personal_data,
    retention,
    surfaces,
    tasks,  # noqa: F401 - registers the jobs
)
from contacts.privacy.services import intake, sections
from contacts.privacy.services.processors import backups_adapter, load_processors
from contacts.registry import PROCESSOR_ADAPTERS


def register() -> None:
    messages.register()
    ADDRESS_HASHES.add("privacy cases", HashColumn("privacy.PrivacyCase", "address_hash"))
    ADDRESS_HASHES.add("erasures", HashColumn("privacy.ErasureJournal", "address_hashes"))
    INBOUND_HANDLERS.add(intake.HANDLER, intake.take_mail)
    personal_data.declare_privacy()
    personal_data.register_finders()
    retention.register_rules()
    EXPORT_SECTIONS.add("duties", ExportSection(_("Your duties"), sections.duties))
    EXPORT_SECTIONS.add("changes", ExportSection(_("What stood there before"), sections.changes))
    EXPORT_SECTIONS.add("mail", ExportSection(_("Messages to you"), sections.messages))
    PROCESSOR_ADAPTERS.add("backups", backups_adapter)
    SCHEDULES.add("privacy.processors", Schedule("privacy.processors", timedelta(hours=6)))
    PRESET_LOADERS.add("processors", load_processors)
    SCHEDULES.add(
        "privacy.retention", Schedule("privacy.retention", timedelta(days=1), time(2, 40))
    )
    SCHEDULES.add("privacy.record", Schedule("privacy.record", timedelta(days=1), time(4, 50)))
    for name, tile in surfaces.TILES.items():
        TILES.add(name, tile)
