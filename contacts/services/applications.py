"""The application for membership: received, confirmed, reviewed, decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.tokens import derived_token, token_hash
from backoffice.core.transitions import actor_user, guarded_update, transition
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services import queue_message
from contacts.enums import APPLICATION_TRANSITIONS, ApplicationState
from contacts.models import MembershipApplication, Organisation
from contacts.registry import MEMBERSHIP_EVENTS
from contacts.services.admission import admit_organisation, earliest_start

UNCONFIRMED_DAYS = 14
REVIEW_FIELDS = (
    "sanctions_note", "sanctions_checked_on", "duplicates_note", "affiliates_note",
    "revenue_band", "review_notes", "lead", "effective_on",
)  # fmt: skip


def application_token(application: MembershipApplication) -> str:
    """The applicant's own link: confirm, look, withdraw."""
    return derived_token("application", application.pk, application.applicant_email)


def by_token(token: str) -> MembershipApplication | None:
    return MembershipApplication.objects.filter(confirm_token_hash=token_hash(token)).first()


def submit_application(
    *, fields: Mapping[str, Any], contacts: list[dict], actor: Actor, at: datetime
) -> MembershipApplication:
    """Stores what the form says and asks the applicant to confirm the address.

    Staff see it as soon as the address is confirmed. Nothing else is written.
    """
    with transaction.atomic():
        application = MembershipApplication.objects.create(contacts=contacts, **fields)
        token = application_token(application)
        MembershipApplication.objects.filter(pk=application.pk).update(
            confirm_token_hash=token_hash(token)
        )
        application.refresh_from_db()
        audit.record(_stream(application), "apply", actor=actor, subject=application, at=at)
        tell_applicant(application, "confirm", mail_class=MailClass.ANSWER)
    return application


def _stream(application: MembershipApplication) -> str:
    return f"application:{application.pk}"


def tell_applicant(
    application: MembershipApplication,
    word: str,
    *,
    mail_class: str = MailClass.CONTRACT,
    turn: str = "",
) -> None:
    """Queues the mail ``contacts.application_<word>``; once per application and ``turn``."""
    if not application.applicant_email:
        return
    queue_message(
        kind=f"contacts.application_{word}",
        mail_class=mail_class,
        address=application.applicant_email,
        dedupe_key=f"application:{application.pk}:{word}{turn}",
        about=f"contacts.membershipapplication:{application.pk}",
        organisation_id=application.organisation_id,
        language=application.language,
    )


def confirm_application(*, token: str, actor: Actor, at: datetime) -> MembershipApplication:
    """The holder of the address says that the application is theirs. A repeat changes nothing.

    Raises: InvalidTransition for an unknown link.
    """
    application = by_token(token)
    if application is None:
        raise InvalidTransition(_("This link is not valid any more."))
    if application.confirmed_at is not None:
        return application
    with transaction.atomic():
        guarded_update(
            application, expect={"confirmed_at": None}, set={"confirmed_at": at}, actor=actor
        )
        audit.record(_stream(application), "confirm", actor=actor, subject=application, at=at)
        tell_applicant(application, "received")
    return application


def review_application(
    *, application: MembershipApplication, fields: Mapping[str, Any], actor: Actor
) -> MembershipApplication:
    """Writes what the review found; may be repeated until the decision. Raises: InvalidTransition."""
    unknown = set(fields) - set(REVIEW_FIELDS)
    if unknown:
        raise BadInput(f"{sorted(unknown)[0]!r} is no part of the review.")
    with transaction.atomic():
        guarded_update(
            application,
            expect={"state": ApplicationState.APPLIED},
            set={**fields, "reviewed_by": actor_user(actor)},
            actor=actor,
            reason="review",
        )
        audit.record(_stream(application), "review", actor=actor, subject=application)
    return application


def what_is_missing(application: MembershipApplication) -> list[str]:
    """What must be done before an application can be approved, in words."""
    missing = []
    if application.confirmed_at is None:
        missing.append(_("the applicant has not confirmed the address"))
    if application.sanctions_checked_on is None:
        missing.append(_("the sanctions lists were not checked"))
    if not application.duplicates_note.strip():
        missing.append(_("nothing is said about duplicates"))
    if application.member_type.led_by and application.lead_id is None:
        missing.append(_("the consortium or sponsor is not set"))
    return missing


def approve_application(
    *,
    application: MembershipApplication,
    on: date,
    actor: Actor,
    effective_on: date | None = None,
    existing: Organisation | None = None,
) -> MembershipApplication:
    """Approves and makes the organisation with its people; no membership starts yet.

    ``existing``: the applicant is on the roll already and this record is used.

    Raises: RuleBroken when the review is not complete or a person's address may not be entered;
    InvalidTransition when it was decided meanwhile.
    """
    missing = what_is_missing(application)
    if missing:
        raise RuleBroken(
            _("Not yet: %(what)s.") % {"what": "; ".join(missing)}, code="review_incomplete"
        )
    start = effective_on or application.effective_on or on
    with transaction.atomic():
        transition(
            application,
            to=ApplicationState.APPROVED,
            table=APPLICATION_TRANSITIONS,
            actor=actor,
            also={
                "decided_by": actor_user(actor),
                "decided_on": on,
                "effective_on": earliest_start(application, wished=start),
            },
        )
        organisation = admit_organisation(
            application=application, on=on, actor=actor, existing=existing
        )
        guarded_update(
            application, expect={"organisation": None}, set={"organisation": organisation},
            actor=actor,
        )  # fmt: skip
        audit.record(
            _stream(application), "approve", actor=actor, subject=application,
            facts={"organisation": organisation.pk, "start": application.effective_on, "on": on},
        )  # fmt: skip
        tell_applicant(application, "approved")
        _announce(application, "approve", on, actor)
    return application


def _announce(application: MembershipApplication, act: str, on: date, actor: Actor) -> None:
    for _name, tell in MEMBERSHIP_EVENTS:
        tell(application.organisation_id, act, on, actor)


def refuse_application(
    *, application: MembershipApplication, reason: str, on: date, actor: Actor
) -> MembershipApplication:
    """Refuses with a reason, which is mailed. Raises: BadInput without one; InvalidTransition."""
    if not reason.strip():
        raise BadInput(_("A refusal needs its reason."), code="reason", where="reason")
    with transaction.atomic():
        transition(
            application,
            to=ApplicationState.DECLINED,
            table=APPLICATION_TRANSITIONS,
            actor=actor,
            also={
                "decided_by": actor_user(actor), "decided_on": on,
                "refusal_reason": reason.strip(), "signing_token_hash": "",
            },
        )  # fmt: skip
        audit.record(_stream(application), "refuse", actor=actor, subject=application,
                     facts={"on": on})  # fmt: skip
        tell_applicant(application, "refused")
    return application


def withdraw_application(
    *, application: MembershipApplication, reason: str, on: date, actor: Actor
) -> MembershipApplication:
    """The applicant takes the application back, by the link or by word to staff.

    Raises: InvalidTransition when the membership has begun or it was decided otherwise.
    """
    with transaction.atomic():
        transition(
            application,
            to=ApplicationState.WITHDRAWN,
            table=APPLICATION_TRANSITIONS,
            actor=actor,
            also={"withdrawal_reason": reason.strip(), "decided_on": on,
                  "signing_token_hash": ""},
        )  # fmt: skip
        audit.record(_stream(application), "withdraw", actor=actor, subject=application,
                     facts={"on": on})  # fmt: skip
        tell_applicant(application, "withdrawn")
        if application.organisation_id is not None:
            _announce(application, "withdraw", on, actor)
    return application


def unconfirmed(*, before: datetime) -> QuerySet[MembershipApplication]:
    """Applications sent before the instant whose address nobody has confirmed."""
    return MembershipApplication.objects.filter(
        state=ApplicationState.APPLIED, confirmed_at__isnull=True, applied_at__lt=before
    )


def drop_unconfirmed(rows: QuerySet[MembershipApplication]) -> int:
    """Deletes them with their versions, unless somebody has confirmed one meanwhile; how many."""
    count = 0
    still = MembershipApplication.objects.filter(confirmed_at__isnull=True)
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            gone, _rows = still.filter(pk=pk).delete()
            if gone:
                MembershipApplication.history.filter(id=pk).delete()
                count += 1
    return count
