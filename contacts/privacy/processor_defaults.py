"""The usual entries of the register: what to do in each system so that a person is gone there.

Source: the vendors' documentation, as read in 2026; each agency keeps its own lines.
"""

from contacts.privacy.enums import ProcessorKind as K

# code, kind, name, purpose, checklist, days
DEFAULTS: tuple[tuple[str, str, str, str, tuple[str, ...], int], ...] = (
    ("crm", K.CRM, "Salesforce", "customer records", (
        "Delete the contact and its Individual; ShouldForget alone is only a flag.",
        "Delete leads and campaign members of the person.",
        "Empty the recycle bin.",
        "Have field history and the audit trail of the record deleted.",
        "Repeat in each sandbox with real data.",
    ), 14),
    ("mail-provider", K.MAIL, "Mail provider", "delivery of mail", (
        "Delete the contact for good, so that the provider's own block forbids a new import.",
        "Delete message logs and stored bodies that name the person.",
        "Leave the suppression of the address.",
    ), 14),
    ("help-desk", K.HELPDESK, "Help desk", "support tickets", (
        "Delete the user.",
        "Then delete the user permanently.",
        "Redact or delete tickets and comments that name the person; deleting the user leaves them.",
    ), 14),
    ("groups", K.GROUPS, "Mailing groups", "discussion lists", (
        "Remove the member from every group.",
        "Delete posts of the person from the archive, or their name in them.",
    ), 14),
    ("forum", K.FORUM, "Community forum", "discussion", (
        "Anonymise the account; suspending it is not enough.",
        "Look for the former name and address in staff logs and imported posts.",
    ), 14),
    ("statistics", K.STATISTICS, "Web statistics", "visitor counts", (
        "Find and delete data of the visitor, if the person says under which number.",
    ), 14),
    ("backups", K.BACKUPS, "Backups", "recovery", (
        "Nothing is taken out of backups: they end after 35 days.",
        "Check that the erasure journal holds the case.",
    ), 35),
    ("spreadsheets", K.SPREADSHEETS, "Spreadsheets", "working copies of staff", (
        "Ask each team for lists, downloads and mailboxes with the person.",
        "Have the person removed from each, and note who did it.",
    ), 14),
)  # fmt: skip
