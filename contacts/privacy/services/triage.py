"""What a person decides about a mail that no rule could read: which rights it asks for, if any."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.enums import SuppressionReason
from backoffice.delivery.models import InboundMail
from backoffice.delivery.services import suppress
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState, Outcome
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.cases import stream_of
from contacts.privacy.services.opening import STOPS_MAIL, open_case, open_case_of


def waiting_for_triage():
    """Unclear cases, the most urgent first."""
    return PrivacyCase.objects.filter(kind=CaseKind.UNCLEAR, state=CaseState.RECEIVED).order_by(
        "due_on", "pk"
    )


def file_case(*, case: PrivacyCase, kinds: Sequence[str], actor: Actor) -> list[PrivacyCase]:
    """Files an unclear case under the rights it asks for: it becomes the first one, the others
    become cases of their own with the same day of receipt. One that the person has already merges.

    Raises: BadInput without a known right; InvalidTransition when it is filed already.
    """
    wanted = [kind for kind in CaseKind.values if kind in kinds and kind != CaseKind.UNCLEAR]
    if not wanted:
        raise BadInput("Say what the person asks for.", code="kinds", where="kinds")
    if case.kind != CaseKind.UNCLEAR or not case.address:
        raise InvalidTransition("This case has been filed already.")
    with transaction.atomic():
        filed = [_become(case, wanted[0], actor)]
        for kind in wanted[1:]:
            filed.append(
                open_case(
                    kind=kind, channel=case.channel, address=case.address,
                    received_on=case.received_on, actor=actor, language=case.language,
                    raw_text=case.raw_text,
                )
            )  # fmt: skip
    return filed


def _become(case: PrivacyCase, kind: str, actor: Actor) -> PrivacyCase:
    assert case.address is not None
    if set(STOPS_MAIL) & {kind}:
        suppress(case.address, scope="optional", reason=SuppressionReason.OBJECTION, actor=actor,
                 source=f"case:{case.pk}")  # fmt: skip
    known = open_case_of(case.address, case.contact, kind)
    if known is not None:
        transition(
            case, to=CaseState.CLOSED, table=CASE_TRANSITIONS, actor=actor,
            expect={"kind": CaseKind.UNCLEAR},
            also={"outcome": Outcome.MERGED, "merged_into": known, "closed_at": dates.now(),
                  "raw_text": "", "raw_text_until": None},
        )  # fmt: skip
        audit.record(stream_of(case), "merge", actor=actor, subject=known)
        return known
    guarded_update(
        case, expect={"kind": CaseKind.UNCLEAR, "state": CaseState.RECEIVED}, set={"kind": kind},
        actor=actor,
    )  # fmt: skip
    audit.record(stream_of(case), "file", actor=actor, facts={"kind": kind})
    return case


def dismiss_case(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """The mail asks for nothing (advertising, thanks). Nobody is answered; the text goes.

    Raises: InvalidTransition when it is filed already.
    """
    with transaction.atomic():
        transition(
            case, to=CaseState.CLOSED, table=CASE_TRANSITIONS, actor=actor,
            expect={"kind": CaseKind.UNCLEAR},
            also={"outcome": Outcome.NO_REQUEST, "closed_at": dates.now(), "raw_text": "",
                  "raw_text_until": None},
        )  # fmt: skip
        audit.record(stream_of(case), "close", actor=actor, facts={"outcome": case.outcome})
    return case


def note_read(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """Staff have read what the person wrote later.

    Raises: InvalidTransition when something newer came meanwhile.
    """
    with transaction.atomic():
        guarded_update(
            case, expect={"unread_since": case.unread_since}, set={"unread_since": None},
            actor=actor,
        )  # fmt: skip
        audit.record(stream_of(case), "read", actor=actor)
    return case


def mail_of(case: PrivacyCase) -> InboundMail | None:
    """The mail the case came with, while it is kept."""
    if not (case.source_key or "").startswith("mail:"):
        return None
    return InboundMail.objects.filter(message_key=str(case.source_key)[5:]).first()
