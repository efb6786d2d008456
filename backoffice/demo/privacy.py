"""Demo data of the privacy desk: one request that waits."""

from __future__ import annotations

from datetime import timedelta

from backoffice.core.surfaces import DemoContext
from contacts.models import Contact
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.opening import open_case


def load_privacy(context: DemoContext) -> None:
    if PrivacyCase.objects.exists():
        return
    asking = Contact.objects.living().filter(duties__isnull=False).order_by("-pk").first()
    if asking is None:
        return
    address = asking.addresses.get(primary=True, valid_until__isnull=True).address
    open_case(
        kind="removal", channel="mail", address=address,
        received_on=context.today - timedelta(days=9), actor=context.actor,
        raw_text="Please delete everything you hold about me.",
    )  # fmt: skip
