"""Applications: the review page with its acts, and the agreement texts."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, RollcallAdmin
from backoffice.core.dates import today
from contacts.admin import application_forms as forms
from contacts.board import role_labels
from contacts.countries import country_name
from contacts.enums import ApplicationState as A
from contacts.models import AgreementText, MembershipApplication
from contacts.services import agreement_texts, agreements, applications
from contacts.services.resemblance import earlier_applications, resembling


def _review(application, actor, data, request) -> str:
    applications.review_application(application=application, fields=data, actor=actor)
    return _t("The review is on record.")


def _approve(application, actor, data, request) -> str:
    applications.approve_application(
        application=application, on=today(), actor=actor,
        effective_on=data["effective_on"], existing=data["existing"],
    )  # fmt: skip
    return _t("The application is approved; send the agreement next.")


def _refuse(application, actor, data, request) -> str:
    applications.refuse_application(
        application=application, reason=data["reason"], on=today(), actor=actor
    )
    return _t("The application is refused; the applicant is told why.")


def _withdraw(application, actor, data, request) -> str:
    applications.withdraw_application(
        application=application, reason=data["reason"], on=today(), actor=actor
    )
    return _t("The withdrawal is on record.")


def _send(application, actor, data, request) -> str:
    agreements.send_agreement(application=application, on=today(), actor=actor)
    return _t("The link to sign goes to the applicant.")


def _countersign(application, actor, data, request) -> str:
    agreements.countersign(application=application, on=today(), actor=actor)
    if application.state == A.AWAITING_PAYMENT:
        return _t("Countersigned; the membership starts when the first-year fee is paid.")
    return _t("Countersigned; the member is accepted.")


def _activate(application, actor, data, request) -> str:
    agreements.activate_paid(application=application, on=today(), actor=actor)
    return _t("The fee is paid; the membership has started.")


def _in(*states):
    return lambda application: application.state in states


OPERATIONS = (
    Operation("review", _("Review"), "contacts.review_membershipapplication", _review,
              form=forms.ReviewForm, shown=_in(A.APPLIED), primary=True,
              explain=_("What was looked at. Sanctions and duplicates must be noted before approval.")),
    Operation("approve", _("Approve"), "contacts.decide_membershipapplication", _approve,
              form=forms.ApproveForm, shown=_in(A.APPLIED),
              explain=_("Makes the organisation with its people and duties. Membership starts later, "
                        "after the agreement.")),
    Operation("refuse", _("Refuse"), "contacts.refuse_membershipapplication", _refuse,
              form=forms.ReasonForm, danger=True, shown=_in(A.APPLIED, A.AGREEMENT_SENT),
              explain=_("The reason is mailed to the applicant.")),
    Operation("send-agreement", _("Send the agreement"), "contacts.send_agreement", _send,
              shown=_in(A.APPROVED, A.AGREEMENT_SENT), primary=True,
              explain=_("The newest published text with the applicant's values is fixed and its link "
                        "mailed. A link sent earlier stops working.")),
    Operation("countersign", _("Countersign"), "contacts.countersign_agreement", _countersign,
              shown=_in(A.AGREEMENT_SIGNED), primary=True, reauthenticate=True,
              explain=_("You sign for the agency. The file is stored and mailed to the member.")),
    Operation("activate", _("First fee is paid"), "contacts.decide_membershipapplication",
              _activate, shown=_in(A.AWAITING_PAYMENT),
              explain=_("Checks the payment and starts the membership. This happens by itself every "
                        "hour.")),
    Operation("withdraw", _("Withdrawn by the applicant"),
              "contacts.withdraw_membershipapplication", _withdraw, form=forms.WithdrawForm,
              danger=True,
              shown=_in(A.APPLIED, A.APPROVED, A.AGREEMENT_SENT, A.AGREEMENT_SIGNED,
                        A.AWAITING_PAYMENT)),
)  # fmt: skip

STEPS = (A.APPLIED, A.APPROVED, A.AGREEMENT_SENT, A.AGREEMENT_SIGNED, A.ACCEPTED)


@admin.register(MembershipApplication)
class MembershipApplicationAdmin(ReadOnlyAdmin):
    restorable = False
    folded_fields = _("All fields")
    list_display = ("organisation_name", "country", "member_type", "state", "confirmed",
                    "applied_at")  # fmt: skip
    list_select_related = ("member_type",)
    list_filter = ("state", "member_type")
    search_fields = ("organisation_name",)
    exclude = ("confirm_token_hash", "signing_token_hash", "agreement_text")
    change_form_template = "contacts/application_page.html"
    operations = OPERATIONS

    @admin.display(description=_("address confirmed"), boolean=True)
    def confirmed(self, application) -> bool:
        return application.confirmed_at is not None

    def has_add_permission(self, request) -> bool:
        return False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        application = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if application is not None:
            extra |= _page(application)
        return super().change_view(request, object_id, form_url, extra)


def _page(application: MembershipApplication) -> dict:
    labels = role_labels()
    place = STEPS.index(application.state) if application.state in STEPS else -1
    if application.state == A.AWAITING_PAYMENT:
        place = 3
    undecided = application.state == A.APPLIED
    return {
        "steps": [(A(step).label, number <= place) for number, step in enumerate(STEPS)],
        "missing": applications.what_is_missing(application) if undecided else [],
        "resembling": resembling(application) if undecided else [],
        "earlier": earlier_applications(application),
        "people": [
            (entry, [labels.get(code, code) for code in entry.get("roles", [])])
            for entry in application.contacts
        ],
        "country_name": country_name(application.country),
        "overdue_days": (dates.now() - application.applied_at).days if undecided else 0,
    }


def _publish(text, actor, data, request) -> str:
    agreement_texts.publish_text(text=text, on=today(), actor=actor)
    return _t("New agreements use this text from now on.")


@admin.register(AgreementText)
class AgreementTextAdmin(RollcallAdmin):
    """A published text is read-only; a change is a new version."""

    restorable = False
    list_display = ("version", "language", "member_type", "published_on")
    list_select_related = ("member_type",)
    fields = ("version", "language", "member_type", "body", "published_on", "sha256")
    readonly_fields = ("published_on", "sha256")
    operations = (
        Operation("publish", _("Publish"), "contacts.publish_agreementtext", _publish, primary=True,
                  shown=lambda text: text.published_on is None,
                  explain=_("It cannot be changed afterwards; a change is a new version.")),
    )  # fmt: skip

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or obj.published_on is None
        )
