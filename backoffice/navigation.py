"""The side bar: groups in the order of the work, each entry only for those who may open it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases.pages import STAFF_PAGES

# Group → (label, icon of models). Models that are not listed stay reachable from their records.
GROUPS: tuple[tuple[str, Any, tuple[tuple[str, str], ...]], ...] = (
    ("roll", _("Roll"), (
        ("contacts.organisation", "account_balance"),
        ("contacts.contact", "person"),
        ("contacts.membershipapplication", "approval_delegation"),
        ("contacts.repository", "database"),
        ("contacts.followup", "task_alt"),
    )),
    ("billing", _("Billing"), (
        ("billing.billingrun", "event_repeat"),
        ("billing.invoice", "receipt_long"),
        ("billing.payment", "payments"),
        ("billing.feeschedule", "price_change"),
        ("billing.usagesnapshot", "monitoring"),
    )),
    ("governance", _("Governance"), (
        ("governance.election", "how_to_vote"),
        ("governance.meeting", "groups"),
        ("governance.body", "diversity_3"),
        ("governance.openvote", "gavel"),
    )),
    ("mail", _("Mail"), (
        ("mailings.mailing", "campaign"),
        ("mailings.segment", "filter_alt"),
        ("mailings.topic", "sell"),
        ("delivery.delivery", "outgoing_mail"),
        ("delivery.outboxmessage", "outbox"),
        ("delivery.suppression", "block"),
    )),
    ("privacy", _("Privacy"), (
        ("privacy.privacycase", "shield_person"),
        ("privacy.processor", "hub"),
        ("privacy.legalhold", "gavel"),
        ("privacy.processingrecord", "menu_book"),
        ("privacy.breach", "report"),
    )),
    ("data", _("Data"), (
        ("contacts.importrun", "upload_file"),
        ("contacts.roletype", "badge"),
        ("contacts.membertype", "category"),
        ("contacts.dutyrule", "rule"),
    )),
    ("system", _("System"), (
        ("core.jobrun", "pending_actions"),
        ("core.auditevent", "link"),
        ("core.issuer", "apartment"),
        ("core.user", "manage_accounts"),
        ("auth.group", "group"),
        ("core.fieldhelp", "help"),
    )),
)  # fmt: skip


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups and entries for this person."""
    registered = {model._meta.label_lower: model for model in admin.site._registry}
    groups = [
        {
            "title": "",
            "items": [
                {"title": _("Dashboard"), "icon": "space_dashboard", "link": reverse("admin:index")}
            ],
        }
    ]
    for key, title, models in GROUPS:
        items = _pages(request, key)
        items += [
            _entry(registered[label], icon)
            for label, icon in models
            if label in registered
            and request.user.has_perm(
                f"{label.split('.')[0]}.view_{registered[label]._meta.model_name}"
            )
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})  # type: ignore[dict-item]
    return groups


def _entry(model, icon: str) -> dict[str, Any]:
    meta = model._meta
    return {
        "title": str(meta.verbose_name_plural).capitalize(),
        "icon": icon,
        "link": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
    }


def _pages(request: HttpRequest, group: str) -> list[dict[str, Any]]:
    return [
        {
            "title": page.label,
            "icon": page.icon or "chevron_right",
            "link": reverse(f"admin:{name}"),
        }
        for name, page in STAFF_PAGES
        if page.group == group and page.label and request.user.has_perm(page.permission)
    ]
