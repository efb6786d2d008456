"""Categories and laws in words, for certificates and answers."""

from __future__ import annotations

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from contacts.privacy.purposes import PURPOSES

CATEGORIES = {
    "identity": _("Name and who you are"),
    "address": _("Addresses and telephone numbers"),
    "duty": _("Duties for an organisation"),
    "communication": _("Messages to and from you"),
    "consent": _("Subscriptions and consent"),
    "finance": _("Invoices and payments"),
    "governance": _("Elections and meetings"),
    "account": _("Sign-in and account"),
    "free_text": _("Notes of staff"),
    "technical": _("Technical records"),
}
RIGHTS = (
    _("access (Art. 15 GDPR)"), _("rectification (Art. 16 GDPR)"), _("erasure (Art. 17 GDPR)"),
    _("restriction (Art. 18 GDPR)"), _("portability (Art. 20 GDPR)"), _("objection (Art. 21 GDPR)"),
    _("complaint to a supervisory authority (Art. 77 GDPR)"),
)  # fmt: skip
SUBJECTS = {
    "contact": _("Contacts of members, applicants and partners; people who write to us"),
    "user": _("People with a login"),
}
MEASURES = (
    _("Every permission is checked on every act; staff sign in with a second factor."),
    _("Every step is on record in a chained log that holds no personal value."),
    _("A second person approves removals, releases and large mailings."),
    _("Addresses that must not be written to are kept as keyed hashes only; the key lies outside the "
      "database."),
    _("Votes are sealed in the browser and opened by several tellers together."),
    _("Backups end after 35 days; after a restore every removal is carried out again before normal "
      "operation."),
    _("Mails carry no tracking; pages load nothing from other hosts."),
)  # fmt: skip
LAWS = {
    "GDPR_5_2_accountability": _("Art. 5 (2) GDPR: proof that we answered you"),
    "GDPR_17_3_a": _("Art. 17 (3) (a) GDPR: freedom of expression and information"),
    "GDPR_17_3_b": _("Art. 17 (3) (b) GDPR: a law demands that we keep it"),
    "GDPR_17_3_c": _("Art. 17 (3) (c) GDPR: public health"),
    "GDPR_17_3_d": _("Art. 17 (3) (d) GDPR: archive, research, statistics"),
    "GDPR_17_3_e": _("Art. 17 (3) (e) GDPR: legal claims"),
    "HGB_257_1_2": _("§ 257 HGB: business letters, 6 years from the end of the year"),
    "AO_147": _("§ 147 AO: accounting vouchers, 8 years from the end of the year"),
    "electoral_roll": _("Electoral roll of a running election, until it ends"),
    "office_record": _("Record of who held or stood for an office of the association"),
    "minutes_record": _("Minutes of the assembly and the board, kept unchanged for good"),
}


def category(code: str) -> str:
    return str(CATEGORIES.get(code, code))


def law(code: str) -> str:
    return str(LAWS.get(code, code))


def data(label: str) -> str:
    """The name of a kind of record, for staff."""
    return str(apps.get_model(label)._meta.verbose_name_plural)


def place(hit: dict[str, str]) -> str:
    """Where a finding stands, for staff: record, field, key."""
    model = apps.get_model(hit["model"])
    field = hit["field"]
    if field != "content":
        field = str(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
    return f"{model._meta.verbose_name} {hit['pk']}: {field}"


def purpose(text: str) -> str:
    """A purpose of the map in the active language."""
    return str(PURPOSES.get(text, text))


def subject(code: str) -> str:
    return str(SUBJECTS.get(code, code))
