"""An applicant for the tests: what the form sends, and the way to each state."""

from __future__ import annotations

from datetime import UTC, date, datetime

from contacts.models import MembershipApplication, MemberType
from contacts.services import agreements, applications
from tests.factories.roll import DAY, STAFF

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def form_data(kind: str = "direct_member", **changes: str) -> dict[str, str]:
    """A complete form for DataCite; every duty is the applicant's own."""
    return {
        "member_type": str(MemberType.objects.get(code=kind).pk),
        "organisation_name": "Quarrystone University",
        "organisation_type": "academicInstitution",
        "website": "www.quarrystone.example.org",
        "street": "Quarry Lane 4",
        "post_code": "D02",
        "city": "Dublin",
        "country": "IE",
        "doi_estimate": "400",
        "applicant_given_name": "Aoife",
        "applicant_family_name": "Byrne",
        "applicant_email": "aoife@quarrystone.example.org",
        "terms": "on",
        "told": "on",
        **changes,
    }


def application(kind: str = "direct_member", **fields) -> MembershipApplication:
    """Confirmed and not yet reviewed."""
    values = {
        "organisation_name": "Quarrystone University", "country": "IE", "city": "Dublin",
        "street": "Quarry Lane 4", "website": "https://www.quarrystone.example.org",
        "member_type": MemberType.objects.get(code=kind),
        "applicant_given_name": "Aoife", "applicant_family_name": "Byrne",
        "applicant_email": "aoife@quarrystone.example.org", **fields,
    }  # fmt: skip
    contacts = values.pop("contacts", None) or [
        {"roles": ["voting", "billing", "service"], "given_name": "Aoife", "family_name": "Byrne",
         "email": "aoife@quarrystone.example.org"}
    ]  # fmt: skip
    made = applications.submit_application(fields=values, contacts=contacts, actor=STAFF, at=NOW)
    MembershipApplication.objects.filter(pk=made.pk).update(applied_at=NOW)
    applications.confirm_application(
        token=applications.application_token(made), actor=STAFF, at=NOW
    )
    return MembershipApplication.objects.get(pk=made.pk)


def reviewed(kind: str = "direct_member", **fields) -> MembershipApplication:
    found = application(kind, **fields)
    return applications.review_application(
        application=found,
        fields={"sanctions_checked_on": DAY, "duplicates_note": "none", "effective_on": DAY},
        actor=STAFF,
    )


def approved(kind: str = "direct_member", **fields) -> MembershipApplication:
    return applications.approve_application(
        application=reviewed(kind, **fields), on=DAY, actor=STAFF
    )


def sent(kind: str = "direct_member", **fields) -> MembershipApplication:
    return agreements.send_agreement(application=approved(kind, **fields), on=DAY, actor=STAFF)


def signed(kind: str = "direct_member", on: date = DAY, **fields) -> MembershipApplication:
    ready = sent(kind, **fields)
    return agreements.sign_agreement(
        token=agreements.signing_token(ready), name="Aoife Byrne", position="Librarian",
        sha256=ready.agreement_sha256, actor=STAFF, at=NOW, on=on,
    )  # fmt: skip
