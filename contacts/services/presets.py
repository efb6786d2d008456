"""Loads role types, member types and duty rules of an agency preset. Repeatable."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from contacts.agreement_text import digest
from contacts.models import Agency, AgreementText, DutyRule, MemberType, RoleType

FOLDER = Path(__file__).resolve().parents[1] / "presets"

AGENCY_RULES = (
    "activation", "notice_months", "late_notice", "starts_on_first", "start_after_days",
    "removal_reminders", "removal_wait_months", "removal_wait_days", "appeal_months",
)  # fmt: skip


def read_preset(preset: str) -> dict:
    return json.loads((FOLDER / f"{preset}.json").read_text("utf-8"))


def load_preset(preset: str, actor: Actor, on: date) -> None:
    """Creates or updates the agency's words; what staff added stays."""
    data = read_preset(preset)
    with transaction.atomic():
        Agency.objects.update_or_create(
            id=1,
            defaults={
                "preset": preset,
                **{key: data[key] for key in AGENCY_RULES},
            },
        )
        roles = {row["code"]: _upsert(RoleType, position, row)
                 for position, row in enumerate(data["roles"], 1)}  # fmt: skip
        types = {row["code"]: _upsert(MemberType, position, row)
                 for position, row in enumerate(data["member_types"], 1)}  # fmt: skip
        Agency.objects.filter(pk=1).update(after_agreement=types.get(data["after_agreement"]))
        for rule in data["rules"]:
            for type_code in rule.get("member_types", [None]):
                for role_code in rule.get("roles", [None]):
                    DutyRule.objects.update_or_create(
                        kind=rule["kind"],
                        member_type=types.get(type_code),
                        role_type=roles.get(role_code),
                        defaults={"parameter": rule.get("parameter", {})},
                    )
        _starter_texts(preset, on)
        audit.record("presets", "load", actor=actor, facts={"preset": preset, "on": on})


def _starter_texts(preset: str, on: date) -> None:
    """A first agreement text per language, so that an application can be brought to an end; the
    agency publishes its own. Nothing is added once there is any text."""
    if AgreementText.objects.exists():
        return
    for path in sorted((FOLDER / "agreements").glob(f"{preset}.*.txt")):
        body = path.read_text("utf-8")
        AgreementText.objects.create(
            version="starter-1", language=path.name.split(".")[1], body=body, published_on=on,
            sha256=digest(body),
        )  # fmt: skip


def _upsert(model, position: int, row: dict):
    wanted = {**{key: value for key, value in row.items() if key != "code"}, "position": position}
    obj = model.objects.filter(code=row["code"]).first()
    if obj is None:
        return model.objects.create(code=row["code"], **wanted)
    if any(getattr(obj, key) != value for key, value in wanted.items()):
        for key, value in wanted.items():
            setattr(obj, key, value)
        obj.save()
    return obj
