"""Plans many rows of one mailing at once: one statement, repeatable, without model instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from backoffice.core.addresses import domain_of
from backoffice.delivery.enums import LANE_OF_CLASS, DeliveryState, MailClass
from backoffice.delivery.services.queue import mint_message_id

COLUMNS = (
    "kind", "mail_class", "topic", "lane", "mailing_ref", "about", "address", "domain",
    "contact_ref", "organisation_ref", "role_code", "language", "message_id", "provider_id", "token_hash", "state",
    "reason", "attempt", "claimed_by", "not_before", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planned:
    """One recipient of a mailing; ``organisation_id`` and ``about`` where the mail is about one."""

    address: str
    contact_id: int | None
    language: str
    organisation_id: int | None = None
    about: str = ""


def plan_rows(
    *,
    kind: str,
    mail_class: str,
    topic: str,
    mailing_id: int,
    people: Sequence[Planned],
    not_before: datetime | None,
    at: datetime,
) -> None:
    """One planned delivery per address; an address that is planned already is left as it is.

    Plain SQL, because building 100,000 instances takes longer than everything else together.
    """
    if not people:
        return
    adapt = connection.ops.adapt_datetimefield_value
    later, now = (adapt(not_before) if not_before else None), adapt(at)
    lane, state = str(LANE_OF_CLASS[MailClass(mail_class)]), str(DeliveryState.PLANNED)
    values = [
        (
            kind, mail_class, topic, lane, mailing_id, person.about, person.address,
            domain_of(person.address), person.contact_id, person.organisation_id, "",
            person.language, mint_message_id(), "", "", state, "", 0, "", later, now,
        )
        for person in people
    ]  # fmt: skip
    marks = ", ".join(["%s"] * len(COLUMNS))
    names = ", ".join(COLUMNS)
    statement = f"INSERT INTO delivery_delivery ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(statement, values)
