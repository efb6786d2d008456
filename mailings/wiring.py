"""What the mailings put into the registries."""

from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from backoffice.core.personal_data import EXPORT_SECTIONS, ExportSection
from backoffice.core.services.schedule import SCHEDULES, Schedule
from backoffice.core.surfaces import DEMO_LOADERS, PRESET_LOADERS
from backoffice.delivery.registry import (
    ADDRESS_HASHES,
    MESSAGE_KINDS,
    PREFERENCE_PAGES,
    TOPIC_LABELS,
    UNSUBSCRIBE_HANDLERS,
    HashColumn,
)
from contacts.registry import CONTACT_USES, PROCESSOR_ADAPTERS, RECEIVES
from mailings import tasks  # noqa: F401 - registers the jobs
from mailings.demo import load_mailings
from mailings.personal_data import consent_rows, declare_mailings
from mailings.presets import load_topics
from mailings.retention import register_rules, subscribers
from mailings.segments.fields import register_fields
from mailings.services.group_removals import groups_adapter
from mailings.services.kinds import confirm_kind
from mailings.services.messages import mailing_kind, topic_label
from mailings.services.opt_in import CONFIRM_KIND
from mailings.services.receives import receives_words
from mailings.services.sending import KIND
from mailings.services.series import STEP_KIND, series_label, step_kind
from mailings.services.subscriptions import on_unsubscribe


def register() -> None:
    ADDRESS_HASHES.add("members of groups", HashColumn("mailings.GroupMember", "address_hash"))
    """Called once by backoffice.wiring."""
    MESSAGE_KINDS.add(KIND, mailing_kind())
    MESSAGE_KINDS.add(CONFIRM_KIND, confirm_kind())
    UNSUBSCRIBE_HANDLERS.add("mailings", on_unsubscribe)
    TOPIC_LABELS.add("mailings", topic_label)
    TOPIC_LABELS.add("series", series_label)
    RECEIVES.add("mailings", receives_words)
    PREFERENCE_PAGES.add("mailings", lambda token: f"/news/preferences/{token}")
    MESSAGE_KINDS.add(STEP_KIND, step_kind())
    SCHEDULES.add("mailings.read_feeds", Schedule("mailings.read_feeds", timedelta(hours=1)))
    SCHEDULES.add("mailings.series", Schedule("mailings.series", timedelta(days=1), time(6, 0)))
    SCHEDULES.add("mailings.begin", Schedule("mailings.begin", timedelta(minutes=1)))
    SCHEDULES.add("mailings.finish", Schedule("mailings.finish", timedelta(minutes=1)))
    PRESET_LOADERS.add("topics", load_topics)
    DEMO_LOADERS.add("mailings", load_mailings)
    register_fields()
    declare_mailings()
    register_rules()
    CONTACT_USES.add("mailings", subscribers)
    PROCESSOR_ADAPTERS.add("groups", groups_adapter)
    EXPORT_SECTIONS.add("consent", ExportSection(_("Subscriptions and consent"), consent_rows))
