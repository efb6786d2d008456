"""Categories and laws in words, for certificates and answers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

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
LAWS = {
    "GDPR_5_2_accountability": _("Art. 5 (2) GDPR: proof that we answered you"),
    "HGB_257_1_2": _("§ 257 HGB: business letters, 6 years from the end of the year"),
    "AO_147": _("§ 147 AO: accounting vouchers, 8 years from the end of the year"),
    "electoral roll of a running election": _(
        "Electoral roll of a running election, until it ends"
    ),
}


def category(code: str) -> str:
    return str(CATEGORIES.get(code, code))


def law(code: str) -> str:
    return str(LAWS.get(code, code))
