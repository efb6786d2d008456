"""Corrections of a frozen roll: one person proposes, another decides, the reason is published."""

from __future__ import annotations

import secrets
from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, NotAllowed, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update
from contacts.models import Contact, Organisation
from contacts.queries import member_types_on, voting_holders
from governance.enums import Channel, CorrectionKind, ElectionState, ProposalState, RollReason
from governance.models import Election, Envelope, RollCorrection, RollEntry
from governance.secrets import token_hash, voting_token
from governance.services.mailing import send_link
from governance.services.roll import box_of, first_holders, name_voter, publish_root, set_leaf

CORRECTABLE = (
    ElectionState.ROLLED,
    ElectionState.KEYED,
    ElectionState.REHEARSED,
    ElectionState.OPEN,
    ElectionState.CLOSED,
)
#: Changes after which a fresh link goes out.
NEW_LINK = (CorrectionKind.ADD, CorrectionKind.CONTACT, CorrectionKind.LINK)
#: What a correction may change, and what must still stand as read when it is written: a cast, a
#: closing or another correction in between is never written over.
CHANGED = ("included", "reason", "contact_id", "language", "address", "unreachable", "channel",
           "link_number", "token_hash", "voted", "leaf")  # fmt: skip
GUARDED = ("included", "contact_id", "channel", "link_number", "token_hash", "voted", "pseudonym")


def propose_correction(
    *,
    election: Election,
    organisation: Organisation,
    kind: str,
    reason: str,
    contact: Contact | None = None,
    actor: Actor,
) -> RollCorrection:
    """First of two people. Nothing changes yet.

    Raises: InvalidTransition when the roll is not frozen or the box is sealed; BadInput without a
        reason or for a change that does not fit the entry.
    """
    user = actor_user(actor)
    if user is None:
        raise NotAllowed("Two people change a roll; a process cannot.")
    if election.state not in CORRECTABLE:
        raise InvalidTransition(
            "The roll can be changed from its freezing until the box is sealed."
        )
    if not reason.strip():
        raise BadInput("Give the reason; it is part of the report.", where="reason")
    entry = RollEntry.objects.filter(election=election, organisation=organisation).first()
    _check_fit(election, entry, kind, contact)
    with transaction.atomic():
        correction = RollCorrection.objects.create(
            election=election,
            organisation=organisation,
            kind=kind,
            contact=contact,
            reason=reason.strip(),
            proposed_by=user,
        )
        audit.record(
            election.stream,
            "correction_proposed",
            actor=actor,
            subject=correction,
            facts={"kind": kind, "organisation": organisation.pk},
        )
    return correction


def _check_fit(
    election: Election, entry: RollEntry | None, kind: str, contact: Contact | None
) -> None:
    if kind == CorrectionKind.ADD:
        if entry is not None and entry.included:
            raise BadInput("This member is on the roll already.", where="organisation")
        return
    if entry is None or not entry.included:
        raise BadInput("This member is not on the roll.", where="organisation")
    if kind == CorrectionKind.CONTACT and contact is None:
        raise BadInput("Name the new voting contact.", where="contact")
    if kind in (CorrectionKind.PAPER,) and entry.voted:
        raise BadInput("This member has voted by link already.", where="organisation")
    if kind == CorrectionKind.VOID and (election.state != ElectionState.CLOSED or not entry.voted):
        raise BadInput("Envelopes are voided after close and before the box is sealed.")


def propose_deputies(*, election: Election, on: date, actor: Actor) -> list[RollCorrection]:
    """Where mail came back: proposes the next reachable holder of the duty as voting contact.

    A second person decides each. Members without such a deputy, and those with a change that waits
    already, are left as they are.
    """
    waiting = election.corrections.filter(state=ProposalState.PROPOSED).values("organisation")
    dark = list(
        RollEntry.objects.not_voted()
        .unreachable()
        .filter(election=election)
        .exclude(organisation__in=waiting)
        .select_related("organisation")
    )
    holders = voting_holders(on=on, organisation_ids=[entry.organisation_id for entry in dark])
    proposed = []
    for entry in dark:
        deputy = next(
            (
                holder
                for holder in holders
                if holder.organisation_id == entry.organisation_id
                and not holder.why_not
                and holder.address != entry.address
            ),
            None,
        )
        if deputy is not None:
            proposed.append(
                propose_correction(
                    election=election,
                    organisation=entry.organisation,
                    kind=CorrectionKind.CONTACT,
                    reason="Mail to the voting contact does not arrive",
                    contact=Contact.objects.get(pk=deputy.contact_id),
                    actor=actor,
                )
            )
    return proposed


def decide_correction(
    *, correction: RollCorrection, approve: bool, on: date, actor: Actor
) -> RollCorrection:
    """Second of two people: approve and carry out, or refuse.

    Raises: NotAllowed for the person who proposed it; InvalidTransition when decided already, when
        the box is sealed, or when the entry changed while this ran (nothing is written then).
    """
    user = actor_user(actor)
    if user is None or user.pk == correction.proposed_by_id:
        raise NotAllowed("A second person decides a change of the roll.")
    election = correction.election
    with transaction.atomic():
        guarded_update(
            correction,
            expect={"state": ProposalState.PROPOSED},
            set={
                "state": ProposalState.APPROVED if approve else ProposalState.REFUSED,
                "decided_by": user,
            },
            actor=actor,
        )
        if approve:
            entry = _carry_out(election, correction, on, actor)
            publish_root(election, actor=actor)
            if correction.kind in NEW_LINK:
                send_link(election, entry)
        audit.record(
            election.stream,
            "correction_approved" if approve else "correction_refused",
            actor=actor,
            subject=correction,
            facts={"kind": correction.kind, "root": election.roll_root},
        )
    return correction


def _carry_out(election: Election, correction: RollCorrection, on: date, actor: Actor) -> RollEntry:
    rows = RollEntry.objects.select_for_update()
    entry = rows.filter(election=election, organisation=correction.organisation).first()
    # After the entry, as a cast without script takes them; holds corrections of one roll apart, so
    # that each root covers the leaf of the one before.
    election.refresh_from_db(from_queryset=Election.objects.select_for_update())
    if election.state not in CORRECTABLE:
        raise InvalidTransition("The box is sealed; the roll cannot change any more.")
    if entry is None and correction.kind == CorrectionKind.ADD:
        entry = _new_entry(election, correction, on)
    assert entry is not None
    seen = {name: getattr(entry, name) for name in GUARDED}
    _check_fit_now(correction, entry)
    _apply(election, correction, entry, on)
    set_leaf(entry)
    changes = {name: getattr(entry, name) for name in CHANGED}
    return guarded_update(
        entry,
        expect=seen,
        set={name: value for name, value in changes.items() if seen.get(name, ...) != value},
        actor=actor,
    )


def _apply(election: Election, correction: RollCorrection, entry: RollEntry, on: date) -> None:
    """The change itself, on the object only; an envelope that goes is deleted."""
    if correction.kind == CorrectionKind.ADD:
        _include(correction, entry, on)
    elif correction.kind == CorrectionKind.REMOVE:
        entry.included, entry.reason = False, RollReason.CORRECTED_OUT
        entry.token_hash, entry.voted = None, False
        _drop_envelope(entry)
    elif correction.kind == CorrectionKind.CONTACT:
        _set_voter(entry, correction.contact, on)
    elif correction.kind == CorrectionKind.PAPER:
        entry.channel, entry.token_hash = Channel.PAPER, None
    elif correction.kind == CorrectionKind.VOID:
        entry.voted = False
        _drop_envelope(entry)
    if correction.kind in (CorrectionKind.CONTACT, CorrectionKind.LINK):
        entry.link_number += 1
    if entry.included and entry.channel == Channel.LINK:
        entry.token_hash = token_hash(voting_token(election, entry))


def _check_fit_now(correction: RollCorrection, entry: RollEntry) -> None:
    if correction.kind == CorrectionKind.PAPER and entry.voted:
        raise RuleBroken("This member has meanwhile voted by link.")


def _new_entry(election: Election, correction: RollCorrection, on: date) -> RollEntry:
    """A row for a member that the roll does not list, not included yet."""
    entry = RollEntry(
        election=election,
        organisation=correction.organisation,
        member_type=member_types_on(on, [correction.organisation_id]).get(
            correction.organisation_id, ""
        ),
        box=box_of(election, correction.organisation),
        included=False,
        reason=RollReason.CORRECTED_IN,
        salt=secrets.token_hex(16),
    )
    entry.save(force_insert=True)
    return entry


def _include(correction: RollCorrection, entry: RollEntry, on: date) -> None:
    entry.included, entry.reason = True, RollReason.CORRECTED_IN
    holders = voting_holders(on=on, organisation_ids=[correction.organisation_id])
    if correction.contact is not None:
        _set_voter(entry, correction.contact, on)
    else:
        name_voter(entry, first_holders(holders).get(correction.organisation_id))


def _set_voter(entry: RollEntry, contact: Contact | None, on: date) -> None:
    assert contact is not None
    address = contact.addresses.filter(valid_until__isnull=True, primary=True).first()
    entry.contact = contact
    entry.language = contact.language
    entry.address = (address.address or "") if address else ""
    entry.unreachable = "" if entry.address else "no_address"


def _drop_envelope(entry: RollEntry) -> None:
    """The envelope goes, its line on the board stays."""
    if entry.pseudonym is not None:
        Envelope.objects.filter(pseudonym=entry.pseudonym).delete()
