"""Fills every registry. The one place where apps that may not import each other meet."""

from __future__ import annotations


def wire() -> None:
    wire_core()
    wire_delivery()
    wire_contacts()
    wire_privacy()
    wire_sync()
    wire_mailings()
    wire_billing()
    wire_governance()
    wire_segments()
    wire_documents()
    wire_merges()


def wire_merges() -> None:
    """What a merge of two records does with each app's rows; a test demands every foreign key."""
    from billing.merging import BILLING
    from contacts.privacy.merging import PRIVACY
    from contacts.registry import MERGE_POLICIES
    from contacts.services.merge_policy import ROLL
    from contacts.sync.merging import SYNC
    from governance.merging import GOVERNANCE
    from mailings.merging import MAILINGS

    for name, policy in (
        ("roll", ROLL), ("billing", BILLING), ("governance", GOVERNANCE), ("mailings", MAILINGS),
        ("privacy", PRIVACY), ("sync", SYNC),
    ):  # fmt: skip
        MERGE_POLICIES.add(name, policy)


def wire_segments() -> None:
    from backoffice import segment_fields

    segment_fields.register()


def wire_documents() -> None:
    """Who may see which kind of stored document (one that is missing here opens to nobody), and what
    the removal of a person means for it (one that is missing here is searched)."""
    from backoffice.core.services.documents import DOCUMENT_CARE, DOCUMENT_PERMISSIONS

    for kind, word in (
        ("import", "drop"),
        ("export", "drop"),
        ("privacy-export", "drop"),
        ("privacy-certificate", "record"),
        ("privacy-record", "nobody"),
        ("billing.invoice", "record"),
        ("contacts.agreement", "record"),
        ("governance.result", "record"),
        ("governance.photo", "record"),
        ("governance.box", "nobody"),
        ("governance.rehearsal", "nobody"),
        ("governance.copy", "nobody"),
    ):
        DOCUMENT_CARE.add(kind, word)
    for kind, permission in (
        ("import", "contacts.add_importrun"),
        ("contacts.agreement", "contacts.view_membershipapplication"),
        ("privacy-certificate", "privacy.view_privacycase"),
        ("privacy-export", "privacy.view_privacycase"),
        ("privacy-record", "privacy.view_processingrecord"),
        ("billing.invoice", "billing.view_invoice"),
        ("billing.check", "billing.view_invoice"),
        ("billing.letter", "billing.view_invoice"),
        ("billing.paper", "billing.view_supplierpaper"),
        ("governance.box", "governance.view_election"),
        ("governance.rehearsal", "governance.view_election"),
        ("governance.result", "governance.view_election"),
        ("governance.copy", "governance.view_election"),
        ("governance.photo", "governance.view_nomination"),
        ("mailings.file", "mailings.view_mailing"),
    ):
        DOCUMENT_PERMISSIONS.add(kind, permission)


def wire_core() -> None:
    from datetime import time, timedelta

    from backoffice.core import kernel_jobs
    from backoffice.core.personal_data_own import declare_kernel, declare_third_party
    from backoffice.core.retention_own import register_kernel_rules
    from backoffice.core.services.schedule import SCHEDULES, Schedule
    from backoffice.core.surfaces import DEMO_LOADERS, TILES
    from backoffice.demo import life, privacy, roll

    declare_kernel()
    declare_third_party()
    register_kernel_rules()
    SCHEDULES.add("core.anchor_audit", Schedule("core.anchor_audit", timedelta(days=1), time(0, 5)))
    SCHEDULES.add("core.prune", Schedule("core.prune", timedelta(days=1), time(3, 40)))
    TILES.add("failed jobs", kernel_jobs.FAILED_JOBS)
    DEMO_LOADERS.add("house", roll.load_house)
    DEMO_LOADERS.add("roll", roll.load_roll)
    DEMO_LOADERS.add("privacy", privacy.load_privacy)
    DEMO_LOADERS.add("life", life.load_life)


def wire_delivery() -> None:
    from backoffice.delivery.wiring import register

    register()


def wire_contacts() -> None:
    from backoffice.core.surfaces import PRESET_LOADERS
    from backoffice.presets import load_groups
    from contacts.imports import kinds, kinds_people, kinds_systems, repositories
    from contacts.registry import IMPORT_KINDS
    from contacts.services.presets import load_preset

    PRESET_LOADERS.add("groups", load_groups)
    PRESET_LOADERS.add("roles and member types", load_preset)
    for kind in (
        kinds.ORGANISATIONS,
        kinds_people.CONTACTS,
        kinds.MEMBERSHIPS,
        kinds_people.SUPPRESSIONS,
        kinds.FABRICA_ORGANISATIONS,
        kinds_people.FABRICA_CONTACTS,
        repositories.FABRICA_REPOSITORIES,
        kinds_systems.SALESFORCE_ACCOUNTS,
        kinds_people.SALESFORCE_CONTACTS,
        kinds_systems.SUGAR_ACCOUNTS,
        kinds_people.SUGAR_CONTACTS,
        kinds_people.MAILCHIMP,
        kinds_people.CAMPAIGN_MONITOR,
        kinds_people.ACT_ON,
        kinds_people.GOOGLE_GROUPS,
        kinds_people.ZENDESK_USERS,
        kinds_systems.ROR,
        kinds_systems.CROSSREF_MEMBERS,
        kinds_systems.DATACITE_PROVIDERS,
    ):
        IMPORT_KINDS.add(kind.name, kind)
    wire_roll_surfaces()
    wire_roll_mail()


def wire_roll_mail() -> None:
    from backoffice.delivery.registry import EVENT_HANDLERS, UNSUBSCRIBE_HANDLERS
    from contacts.services import mail_events
    from contacts.wiring import register_life

    register_life()
    UNSUBSCRIBE_HANDLERS.add("duties", mail_events.on_unsubscribe)
    EVENT_HANDLERS.add("duties", mail_events.on_delivery_event)


def wire_roll_surfaces() -> None:
    from datetime import time, timedelta

    from backoffice.core.services.schedule import SCHEDULES, Schedule
    from backoffice.core.surfaces import PALETTE, TILES
    from contacts import personal_data, retention, surfaces, tasks, timeline
    from contacts.registry import TIMELINE, TimelineSource

    assert tasks.apply_import  # type: ignore[truthy-function]
    personal_data.declare_contacts()
    personal_data.register_finders()
    SCHEDULES.add(
        "contacts.find_duplicates",
        Schedule("contacts.find_duplicates", timedelta(days=1), time(2, 50)),
    )
    retention.register_rules()
    for name, permission, source in (
        ("notes", "contacts.view_note", timeline.notes),
        ("tasks", "contacts.view_followup", timeline.tasks),
        ("duties", "contacts.view_roleassignment", timeline.duties),
        ("membership", "contacts.view_membership", timeline.membership),
        ("mail", "delivery.view_delivery", timeline.mail),
        ("changes", "contacts.view_organisation", timeline.changes),
    ):
        TIMELINE.add(name, TimelineSource(permission, source))
    for name, tile in surfaces.TILES.items():
        TILES.add(name, tile)
    for name, found in surfaces.PALETTE.items():
        PALETTE.add(name, found)


def wire_staff_pages() -> None:
    """Called by the urls: these modules need the admin site, which is made after ``ready``."""
    from backoffice.core.admin_bases.pages import STAFF_PAGES
    from contacts.admin import duplicates, import_decisions, imports, people
    from contacts.privacy.admin import PAGES as PRIVACY
    from contacts.sync.staff import PAGE_OF_SYNC
    from contacts.wiring import life_pages
    from mailings.pages import STAFF as MAILINGS

    own = (
        *life_pages(),
        imports.IMPORT_DESK,
        PAGE_OF_SYNC,
        imports.IMPORT_COLUMNS,
        import_decisions.IMPORT_DECISIONS,
        people.NEW_CONTACT,
        duplicates.DUPLICATE_DESK,
        duplicates.COMPARE,
    )
    for page in (*own, *PRIVACY, *MAILINGS):
        STAFF_PAGES.add(page.name, page)
    from billing.wiring import wire_pages

    wire_pages()


def wire_privacy() -> None:
    from contacts.privacy.wiring import register

    register()


def wire_sync() -> None:
    from datetime import time, timedelta

    import contacts.sync.tasks  # noqa: F401
    from backoffice.core.services.schedule import SCHEDULES, Schedule
    from backoffice.core.surfaces import TILES
    from contacts.registry import PROCESSOR_ADAPTERS
    from contacts.sync.personal_data import declare_sync
    from contacts.sync.services.removals import salesforce_adapter
    from contacts.sync.surfaces import TILE

    declare_sync()
    TILES.add("sync", TILE)
    PROCESSOR_ADAPTERS.add("crm", salesforce_adapter)
    SCHEDULES.add("sync.salesforce", Schedule("sync.salesforce", timedelta(hours=1)))
    SCHEDULES.add("sync.registry", Schedule("sync.registry", timedelta(days=1), at=time(3, 30)))


def wire_mailings() -> None:
    from mailings.wiring import register

    register()


def wire_billing() -> None:
    from billing.wiring import wire

    wire()


def wire_governance() -> None:
    from datetime import time, timedelta

    import governance.tasks  # noqa: F401
    from backoffice import assembly
    from backoffice.core.admin_bases.pages import STAFF_PAGES
    from backoffice.core.services.schedule import SCHEDULES, Schedule
    from backoffice.core.surfaces import DEMO_LOADERS, MY_PAGES, PALETTE, PRESET_LOADERS, TILES
    from backoffice.delivery.registry import EVENT_HANDLERS, MESSAGE_KINDS
    from contacts.registry import CONTACT_USES, HEAD_FACTS, MOVE_PREVIEWS, TIMELINE
    from governance import demo, mail, personal_data, presets, retention, staff, surfaces
    from governance.move_preview import votes_preview
    from governance.registry import ASSEMBLY_PACK
    from governance.services.mailing import note_bounce

    personal_data.declare_governance()
    retention.register_rules()
    CONTACT_USES.add("governance", retention.needed)
    for name, kind in mail.KINDS.items():
        MESSAGE_KINDS.add(name, kind)
    EVENT_HANDLERS.add("governance", note_bounce)
    SCHEDULES.add("governance.clock", Schedule("governance.clock", timedelta(minutes=1)))
    SCHEDULES.add(
        "governance.board_heads",
        Schedule("governance.board_heads", timedelta(days=1), at=time(7, 0)),
    )
    SCHEDULES.add("governance.keep_copies", Schedule("governance.keep_copies", timedelta(hours=1)))
    for page in staff.PAGES:
        STAFF_PAGES.add(page.name, page)
    TILES.add("governance.elections", surfaces.RUNNING)
    TILES.add("governance.corrections", surfaces.CORRECTIONS)
    PALETTE.add("governance.elections", surfaces.ELECTIONS)
    TIMELINE.add("governance", surfaces.VOTES)
    HEAD_FACTS.add("governance", surfaces.open_votes)
    MOVE_PREVIEWS.add("votes", votes_preview)
    MY_PAGES.add("votes", surfaces.MY_VOTES)
    PRESET_LOADERS.add("governance", presets.load)
    DEMO_LOADERS.add("elections", demo.load)
    ASSEMBLY_PACK.add("fees", assembly.fees)
    ASSEMBLY_PACK.add("privacy", assembly.privacy_cases)
