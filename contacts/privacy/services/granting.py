"""Objection, restriction and rectification: what granting them does, and how a restriction ends.

Source: Art. 16, 18, 19 and 21 GDPR.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.personal_data import history_model
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.enums import SuppressionReason
from backoffice.delivery.registry import UNSUBSCRIBE_HANDLERS
from backoffice.delivery.services import suppress
from contacts.models import Contact
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState, Outcome
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.cases import NEEDS_IDENTITY, queue_case_mail, stream_of
from contacts.privacy.services.erase import REDACTED_REASON
from contacts.privacy.services.processors import open_tasks
from contacts.privacy.services.subjects import subject_of_case
from contacts.services.people import rectify_contact

GRANTABLE = frozenset({CaseKind.OBJECTION, CaseKind.RESTRICTION, CaseKind.RECTIFICATION})
# Art. 19 GDPR: whoever received the data is told.
TOLD = frozenset({CaseKind.RESTRICTION, CaseKind.RECTIFICATION})
CORRECTED = ("given_name", "family_name", "phone")


def grant_case(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """Grants and answers, with its effect.

    An objection stops optional mail to every address of the person and ends what was subscribed. A
    restriction marks the contact: neither mailed, exported, matched nor changed by imports any more.
    A rectification was made before (:func:`rectify`). Processors are told of the last two by tasks.

    Raises: RuleBroken for another kind, or without a confirmed identity where one is needed.
    """
    if case.kind not in GRANTABLE:
        raise RuleBroken("This kind of case is not granted this way.")
    _require_identity(case)
    with transaction.atomic():
        if case.kind == CaseKind.RESTRICTION:
            _restrict(case.contact, actor)
        if case.kind == CaseKind.OBJECTION:
            _stop_mail(case, actor)
        transition(
            case, to=CaseState.ANSWERED, table=CASE_TRANSITIONS, actor=actor,
            also={"answered_at": dates.now(), "outcome": Outcome.GRANTED},
        )  # fmt: skip
        if case.kind in TOLD and case.contact is not None:
            open_tasks(case=case, on=dates.today())
        audit.record(stream_of(case), "grant", actor=actor, facts={"kind": case.kind})
        queue_case_mail(case, "privacy.answer")
    return case


def _require_identity(case: PrivacyCase) -> None:
    if case.kind in NEEDS_IDENTITY and case.contact and case.identity_confirmed_at is None:
        raise RuleBroken("The identity has not been confirmed.", code="identity")


def _restrict(contact: Contact | None, actor: Actor) -> None:
    if contact is not None and contact.restricted_at is None:
        guarded_update(
            contact, expect={"restricted_at": None}, set={"restricted_at": dates.now()},
            actor=actor,
        )  # fmt: skip


def _stop_mail(case: PrivacyCase, actor: Actor) -> None:
    for address in sorted(subject_of_case(case).addresses):
        suppress(address, scope="optional", reason=SuppressionReason.OBJECTION, actor=actor,
                 source=f"case:{case.pk}")  # fmt: skip
        for _name, handler in UNSUBSCRIBE_HANDLERS:
            handler(address=address, scope="optional", delivery=None)


def rectify(
    *, case: PrivacyCase, values: dict[str, str], redact: bool, actor: Actor
) -> PrivacyCase:
    """Corrects name or telephone of the contact of a rectification; with ``redact`` the wrong values
    leave the earlier versions too. An address is changed on the contact itself, with its dates.

    Raises: RuleBroken for another kind or without a confirmed identity; BadInput when nothing differs.
    """
    contact = case.contact
    if case.kind != CaseKind.RECTIFICATION or case.state != CaseState.IN_REVIEW or contact is None:
        raise RuleBroken("Only a rectification in review corrects a contact.")
    _require_identity(case)
    before = {name: getattr(contact, name) for name in CORRECTED}
    changed = {
        name: value.strip()
        for name, value in values.items()
        if name in CORRECTED and value.strip() != before[name]
    }
    if not changed:
        raise BadInput("Nothing differs from what is stored.", code="same")
    with transaction.atomic():
        rectify_contact(contact=contact, fields=changed, actor=actor)
        if redact:
            _redact_wrong(contact, before, changed)
        audit.record(stream_of(case), "rectify", actor=actor,
                     facts={"fields": sorted(changed), "redacted": redact})  # fmt: skip
    return case


def _redact_wrong(contact: Contact, before: dict[str, str], changed: dict[str, str]) -> None:
    """Earlier versions say what is right; that they were corrected stays visible."""
    versions = history_model(Contact)
    assert versions is not None
    for name in changed:
        versions._base_manager.filter(id=contact.pk, **{name: before[name]}).update(
            **{name: getattr(contact, name), "name_folded": contact.name_folded},
            history_change_reason=REDACTED_REASON,
        )


def announce_end(*, case: PrivacyCase, ends_on: date, on: date, actor: Actor) -> PrivacyCase:
    """Tells the person that the restriction ends on a day to come (Art. 18 (3) GDPR).

    Raises: BadInput for a day that is not to come; RuleBroken when nothing is restricted.
    """
    if ends_on <= on:
        raise BadInput("The person is told before: take a later day.", where="ends_on")
    if not is_restricting(case):
        raise RuleBroken("This case restricts nothing.", code="not_restricted")
    if not case.address:
        raise RuleBroken("No address is left to tell the person.", code="no_address")
    with transaction.atomic():
        guarded_update(
            case, expect={"restriction_ends_on": case.restriction_ends_on},
            set={"restriction_ends_on": ends_on}, actor=actor,
        )  # fmt: skip
        audit.record(stream_of(case), "announce_end", actor=actor, facts={"on": ends_on})
        queue_case_mail(case, "privacy.lifting", again=ends_on)
    return case


def is_restricting(case: PrivacyCase) -> bool:
    return (
        case.kind == CaseKind.RESTRICTION
        and case.outcome == Outcome.GRANTED
        and case.contact is not None
        and case.contact.restricted_at is not None
    )


def lift_restriction(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """The contact may be used again. Raises: RuleBroken before the day that was announced."""
    if not is_restricting(case) or case.contact is None:
        raise RuleBroken("This case restricts nothing.", code="not_restricted")
    if case.restriction_ends_on is None or on < case.restriction_ends_on:
        raise RuleBroken("The person is told first, and the day has to come.", code="not_told")
    with transaction.atomic():
        guarded_update(
            case.contact, expect={"restricted_at": case.contact.restricted_at},
            set={"restricted_at": None}, actor=actor,
        )  # fmt: skip
        audit.record(stream_of(case), "lift_restriction", actor=actor)
    return case
