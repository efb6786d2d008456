"""The agreement: sent with a signing link, signed, countersigned, filed; then the member is active."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.dates import add_months
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit, documents, jobs
from backoffice.core.tokens import derived_token, token_hash
from backoffice.core.transitions import actor_user, guarded_update, transition
from contacts.agreement_text import digest
from contacts.enums import APPLICATION_TRANSITIONS, ApplicationState
from contacts.models import Agency, MembershipApplication
from contacts.registry import FIRST_FEE_PAID
from contacts.services.agreement_texts import filled_text, text_for
from contacts.services.applications import tell_applicant
from contacts.services.membership import start_membership

LINK_DAYS = 30
DOCUMENT_KIND = "contacts.agreement"


def signing_token(application: MembershipApplication) -> str:
    """The link to sign exactly this text, until this day."""
    return derived_token(
        "agreement", application.pk, application.agreement_sha256, application.signing_until
    )


def send_agreement(
    *, application: MembershipApplication, on: date, actor: Actor
) -> MembershipApplication:
    """Fixes the text and mails the link to sign it; for an unsigned one, mails a fresh link.

    Raises: NotConfigured without a published text; InvalidTransition.
    """
    text = text_for(application, on=on)
    body = filled_text(application, text, on=on)
    fixed = {
        "agreement_version": str(text), "agreement_text": body, "agreement_sha256": digest(body),
        "agreement_sent_on": on, "signing_until": on + timedelta(days=LINK_DAYS),
    }  # fmt: skip
    with transaction.atomic():
        if application.state == ApplicationState.AGREEMENT_SENT:
            guarded_update(
                application,
                expect={"state": ApplicationState.AGREEMENT_SENT},
                set=fixed,
                actor=actor,
                reason="sent again",
            )
        else:
            transition(
                application,
                to=ApplicationState.AGREEMENT_SENT,
                table=APPLICATION_TRANSITIONS,
                actor=actor,
                also=fixed,
            )
        token = token_hash(signing_token(application))
        MembershipApplication.objects.filter(pk=application.pk).update(signing_token_hash=token)
        application.signing_token_hash = token
        event = audit.record(
            f"application:{application.pk}", "send_agreement", actor=actor, subject=application,
            facts={"sha256": application.agreement_sha256, "on": on},
        )  # fmt: skip
        tell_applicant(application, "agreement", turn=f":{event.sequence}")
    return application


def agreement_to_sign(token: str, *, on: date) -> MembershipApplication | None:
    """The application behind a signing link that still holds, signed or not."""
    found = MembershipApplication.objects.filter(
        signing_token_hash=token_hash(token), signing_until__gte=on
    ).select_related("member_type", "lead")
    return found.first()


def sign_agreement(
    *, token: str, name: str, position: str, sha256: str, actor: Actor, at: datetime, on: date
) -> MembershipApplication:
    """The applicant signs the text with this hash by name; counts once, a repeat is refused.

    Raises: InvalidTransition (unknown or old link, signed already); RuleBroken when the text shown
    is not the text sent; BadInput without a name.
    """
    application = agreement_to_sign(token, on=on)
    if application is None:
        raise InvalidTransition(_("This link is not valid any more."))
    if sha256 != application.agreement_sha256:
        raise RuleBroken(_("The text has changed; open the newest link."), code="text_changed")
    if not name.strip():
        raise BadInput(_("Give the name of the person who signs."), code="name", where="name")
    with transaction.atomic():
        transition(
            application,
            to=ApplicationState.AGREEMENT_SIGNED,
            table=APPLICATION_TRANSITIONS,
            actor=actor,
            expect={"agreement_sha256": sha256},
            also={
                "signed_at": at, "signed_on": on, "signed_by": name.strip()[:200],
                "signer_position": position.strip()[:200],
            },
        )  # fmt: skip
        audit.record(
            f"application:{application.pk}", "sign", actor=actor, subject=application, at=at,
            facts={"sha256": sha256},
        )  # fmt: skip
        tell_applicant(application, "signed")
    return application


def countersign(
    *, application: MembershipApplication, on: date, actor: Actor
) -> MembershipApplication:
    """The agency signs: the file is planned, and the member starts now, on its day, or on payment.

    Raises: InvalidTransition unless the applicant has signed; RuleBroken when the text on file does
    not have the signed hash.
    """
    if digest(application.agreement_text) != application.agreement_sha256:
        raise RuleBroken(
            _("The text on file is not the text that was signed."), code="text_changed"
        )
    with transaction.atomic():
        guarded_update(
            application,
            expect={"state": ApplicationState.AGREEMENT_SIGNED, "countersigned_on": None},
            set={"countersigned_on": on, "countersigned_by": actor_user(actor)},
            actor=actor,
        )
        planned = documents.plan_document(
            kind=DOCUMENT_KIND,
            subject=f"contacts.membershipapplication:{application.pk}",
            file_name=f"agreement-{application.pk}.pdf",
            media_type="application/pdf",
        )
        guarded_update(
            application, expect={"agreement_file": None}, set={"agreement_file": planned},
            actor=actor,
        )  # fmt: skip
        audit.record(
            f"application:{application.pk}", "countersign", actor=actor, subject=application,
            facts={"sha256": application.agreement_sha256, "on": on},
        )  # fmt: skip
        jobs.enqueue("contacts.print_agreement", application.pk)
        if waits_for_payment(application):
            transition(
                application, to=ApplicationState.AWAITING_PAYMENT, table=APPLICATION_TRANSITIONS,
                actor=actor,
            )  # fmt: skip
        else:
            _accept(application, on=on, actor=actor)
    return application


def waits_for_payment(application: MembershipApplication) -> bool:
    """Whether the preset wants the first-year fee before the membership starts, and there is one."""
    return Agency.objects.get().activation == "first_payment" and application.member_type.billed


def _accept(application: MembershipApplication, *, on: date, actor: Actor) -> None:
    transition(
        application, to=ApplicationState.ACCEPTED, table=APPLICATION_TRANSITIONS, actor=actor
    )
    assert application.organisation is not None
    start_membership(
        organisation=application.organisation,
        member_type=application.member_type,
        on=start_day(application, on=on),
        actor=actor,
        lead=application.lead,
        source="application",
    )
    audit.record(f"application:{application.pk}", "accept", actor=actor, subject=application,
                 facts={"organisation": application.organisation_id, "on": on})  # fmt: skip
    tell_applicant(application, "accepted")


def start_day(application: MembershipApplication, *, on: date) -> date:
    """The agreed day, or the next possible one when it has passed before everything was done."""
    agreed = application.effective_on or on
    if agreed >= on:
        return agreed
    if Agency.objects.get().starts_on_first and on.day != 1:
        return add_months(on.replace(day=1), 1)
    return on


def activate_paid(
    *, application: MembershipApplication, on: date, actor: Actor
) -> MembershipApplication:
    """Starts the membership of an applicant whose first-year fee is paid.

    Raises: RuleBroken while it is not; InvalidTransition in another state.
    """
    if paid_on(application) is None:
        raise RuleBroken(_("The first-year fee is not paid yet."), code="not_paid")
    with transaction.atomic():
        _accept(application, on=on, actor=actor)
    return application


def paid_on(application: MembershipApplication) -> date | None:
    """When the first-year fee was paid, as billing knows it."""
    if application.organisation_id is None:
        return None
    for _name, ask in FIRST_FEE_PAID:
        day = ask(application.organisation_id)
        if day is not None:
            return day
    return None


def activate_all_paid(*, on: date, actor: Actor) -> int:
    """Every applicant who waits and has paid; one transaction each. Returns how many started."""
    count = 0
    waiting = MembershipApplication.objects.filter(state=ApplicationState.AWAITING_PAYMENT)
    for application in waiting.select_related("member_type", "lead", "organisation"):
        if paid_on(application) is not None:
            activate_paid(application=application, on=on, actor=actor)
            count += 1
    return count
