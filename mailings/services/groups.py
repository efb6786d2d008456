"""A group at Google beside a topic: a plan first, then what the plan says and nothing else.

This system is master of who may be in. Who has left the group by themselves has left the topic; they
are not added again. Suppression wins, and a plan that would remove too many is held back.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.texts import harmless_cell
from backoffice.delivery.enums import SuppressionReason
from backoffice.delivery.services.suppression import hash_of_normal, suppress
from contacts.services.import_files import read_file
from mailings.models import GroupLink, GroupMember, Mailing
from mailings.services.audience import REASONS, candidates, suppressions
from mailings.services.subscriptions import on_unsubscribe

STAFF_ROLES = frozenset({"owner", "manager"})


@dataclass(frozen=True)
class Plan:
    """``left``: will be unsubscribed here. ``unclear``: were to be added last time and are not in:
    never added, or added and gone again; a person decides."""

    members: int
    stay: int = 0
    add: list[str] = field(default_factory=list)
    remove: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    staff: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    most_removals: int = 0

    @property
    def too_many(self) -> bool:
        """More removals than the group's own limit allows."""
        return len(self.remove) > self.most_removals

    @property
    def digest(self) -> str:
        """Names this very plan, so that what is carried out is what was shown."""
        parts = [*self.add, "-", *(a for a, _w in self.remove), "-", *self.left]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def members_of(content: bytes, file_name: str) -> tuple[dict[str, str], list[str]]:
    """(address → role in the group, rows that cannot be used) of Google's own export.

    Raises: Unreadable when it is no such file.
    """
    rows, _columns, _table = read_file("google-groups", content, file_name, None)
    found, unusable = {}, []
    for row in rows:
        try:
            address = normalise_address(row.get("email"))
        except BadInput:
            unusable.append(_("row %(n)s") % {"n": row.number})
            continue
        found[address] = row.get("group_status").strip().lower()
    return found, unusable


def make_plan(group: GroupLink, content: bytes, file_name: str, *, on: date) -> Plan:
    """Compares the group as exported with who may be in. Writes nothing.

    Raises: Unreadable for a file that is no export of a group; BadInput for a broken segment.
    """
    inside, unusable = members_of(content, file_name)
    stand_in = Mailing(topic=group.topic, segment=group.segment, mail_class=group.topic.mail_class)
    verdicts = {c.address: c.reason for c in candidates(stand_in, on=on) if c.address}
    allowed = {address for address, reason in verdicts.items() if not reason}
    ledger = suppressions(stand_in)
    known = dict(group.members.values_list("address_hash", "was_in"))
    add: list[str] = []
    left: list[str] = []
    unclear: list[str] = []
    for address in sorted(allowed - set(inside)):
        was_in = known.get(hash_of_normal(address))
        (add if was_in is None else left if was_in else unclear).append(address)
    remove, staff = [], []
    for address in sorted(set(inside) - allowed):
        if inside[address] in STAFF_ROLES:
            staff.append(address)
            continue
        reason = verdicts.get(address) or ledger.get(hash_of_normal(address))
        word = REASONS.get(reason, reason) if reason else _("not in the topic")
        remove.append((address, str(word)))
    return Plan(
        members=len(inside),
        stay=len(allowed & set(inside)),
        add=add,
        remove=remove,
        left=left,
        unclear=unclear,
        staff=staff,
        unusable=unusable,
        most_removals=max(1, len(inside) * group.most_removals // 100),
    )


def apply_plan(
    *,
    group: GroupLink,
    content: bytes,
    file_name: str,
    digest: str,
    allow_many: bool,
    actor: Actor,
    at: datetime,
    on: date,
) -> Plan:
    """Unsubscribes who left, and keeps who was in; additions and removals are staff's to carry
    over to the group (:func:`as_csv`).

    Raises: RuleBroken when the plan is not the one that was shown, or would remove too many.
    """
    plan = make_plan(group, content, file_name, on=on)
    if plan.digest != digest:
        raise RuleBroken(
            _("The plan has changed since you looked at it; look again."), code="plan_changed"
        )
    if plan.too_many and not allow_many:
        raise RuleBroken(
            _("%(n)s removals are more than the limit of %(most)s.")
            % {"n": len(plan.remove), "most": plan.most_removals},
            code="too_many",
        )
    inside, _unusable = members_of(content, file_name)
    scope = f"topic:{group.topic.code}"
    with transaction.atomic():
        for address in plan.left:
            suppress(
                address, scope=scope, reason=SuppressionReason.UNSUBSCRIBE, actor=actor,
                source=f"group:{group.pk}",
            )  # fmt: skip
            on_unsubscribe(address=address, scope=scope, delivery=None)
        group.members.all().delete()
        GroupMember.objects.bulk_create(
            [
                *(GroupMember(group=group, address_hash=hash_of_normal(a)) for a in inside),
                *(
                    GroupMember(group=group, address_hash=hash_of_normal(a), was_in=False)
                    for a in (*plan.add, *plan.unclear)
                ),
            ],
            batch_size=1000,
        )
        GroupLink.objects.filter(pk=group.pk).update(read_at=at)
        audit.record(
            "groups", "compare", actor=actor, subject=group,
            facts={"left": len(plan.left), "add": len(plan.add), "remove": len(plan.remove)},
            at=at,
        )  # fmt: skip
    return plan


def as_csv(plan: Plan) -> str:
    """What is to be done in the group, one line each."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["action", "email", "reason"])
    writer.writerows(["add", harmless_cell(address), ""] for address in plan.add)
    writer.writerows(
        ["remove", harmless_cell(address), harmless_cell(why)] for address, why in plan.remove
    )
    return out.getvalue()
