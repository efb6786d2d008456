"""Fills every registry. The one place where apps that may not import each other meet."""

from __future__ import annotations


def wire() -> None:
    wire_core()
    wire_delivery()
    wire_contacts()
    wire_privacy()
    wire_mailings()
    wire_billing()
    wire_governance()


def wire_core() -> None:
    from backoffice.core.personal_data_own import declare_kernel, declare_third_party

    declare_kernel()
    declare_third_party()


def wire_delivery() -> None:
    pass


def wire_contacts() -> None:
    from backoffice.core.surfaces import PRESET_LOADERS
    from backoffice.presets import load_groups
    from contacts.imports import kinds, kinds_people, repositories
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
        kinds.SALESFORCE_ACCOUNTS,
        kinds_people.SALESFORCE_CONTACTS,
        kinds.SUGAR_ACCOUNTS,
        kinds_people.SUGAR_CONTACTS,
        kinds_people.MAILCHIMP,
        kinds_people.CAMPAIGN_MONITOR,
        kinds_people.ACT_ON,
        kinds_people.GOOGLE_GROUPS,
        kinds_people.ZENDESK_USERS,
        kinds.ROR,
        kinds.CROSSREF_MEMBERS,
        kinds.DATACITE_PROVIDERS,
    ):
        IMPORT_KINDS.add(kind.name, kind)


def wire_privacy() -> None:
    pass


def wire_mailings() -> None:
    pass


def wire_billing() -> None:
    pass


def wire_governance() -> None:
    pass
