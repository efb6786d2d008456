"""Disputed, waiting for a purchase order, paused: dated flags that stop reminders."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update
from billing.enums import FlagKind
from billing.models import Invoice, InvoiceFlag


def set_flag(
    *, invoice: Invoice, kind: str, reason: str, on: date, actor: Actor, until: date | None = None
) -> InvoiceFlag:
    """The flag holds from `on`, up to but not including `until`.

    Raises: BadInput without a reason; RuleBroken when it is set already.
    """
    if not reason.strip():
        raise BadInput(_("Say why."))
    try:
        with transaction.atomic():
            flag = InvoiceFlag.objects.create(
                invoice=invoice,
                kind=FlagKind(kind),
                valid_from=on,
                valid_until=until,
                reason=reason.strip()[:200],
            )
            audit.record(
                "invoices", "flag", actor=actor, subject=invoice, facts={"kind": kind, "on": on}
            )
    except IntegrityError as error:
        raise RuleBroken(_("This is set already.")) from error
    return flag


def clear_flag(*, flag: InvoiceFlag, on: date, actor: Actor) -> InvoiceFlag:
    """The flag no longer holds on `on`."""
    with transaction.atomic():
        guarded_update(
            flag,
            expect={"valid_until": flag.valid_until},
            set={"valid_until": max(on, flag.valid_from)},
            actor=actor,
        )
        audit.record(
            "invoices",
            "clear_flag",
            actor=actor,
            subject=flag.invoice,
            facts={"kind": flag.kind, "on": on},
        )
    return flag
