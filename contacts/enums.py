"""Words of the roll: kinds, states and their transition tables."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrganisationType(TextChoices):
    RESEARCH = "researchInstitution", _("Research institution")
    ACADEMIC = "academicInstitution", _("Academic institution")
    GOVERNMENT = "governmentAgency", _("Government agency")
    NATIONAL = "nationalInstitution", _("National institution")
    SOCIETY = "professionalSociety", _("Professional society")
    PUBLISHER = "publisher", _("Publisher")
    SERVICE_PROVIDER = "serviceProvider", _("Service provider")
    INTERNATIONAL = "internationalOrganization", _("International organisation")
    OTHER = "other", _("Other")


class FocusArea(TextChoices):
    NATURAL = "naturalSciences", _("Natural sciences")
    ENGINEERING = "engineeringAndTechnology", _("Engineering and technology")
    MEDICAL = "medicalAndHealthSciences", _("Medical and health sciences")
    AGRICULTURAL = "agriculturalSciences", _("Agricultural sciences")
    SOCIAL = "socialSciences", _("Social sciences")
    HUMANITIES = "humanities", _("Humanities")
    GENERAL = "general", _("General")


class Region(TextChoices):
    AMER = "AMER", _("Americas")
    APAC = "APAC", _("Asia Pacific")
    EMEA = "EMEA", _("Europe, Middle East and Africa")
    NONE = "", _("Unknown")


class BusinessStatus(TextChoices):
    """Whether the organisation is a taxable person; never guessed (billing reference R7)."""

    UNKNOWN = "unknown", _("Not established")
    BUSINESS = "business", _("Taxable person")
    NOT_BUSINESS = "not_business", _("Not a taxable person")


class NameKind(TextChoices):
    ALIAS = "alias", _("Other name")
    LABEL = "label", _("Name in another language")
    ACRONYM = "acronym", _("Acronym")
    FORMER = "former", _("Former name")


class IdentifierKind(TextChoices):
    ROR = "ror", "ROR"
    SYMBOL = "symbol", _("Registry symbol")
    VAT = "vat", _("VAT id")
    TAX = "tax", _("Tax number")
    SALESFORCE = "salesforce", _("Salesforce id")
    CROSSREF = "crossref_member", _("Crossref member id")
    ISNI = "isni", "ISNI"
    LEI = "lei", "LEI"
    GRID = "grid", "GRID"
    WIKIDATA = "wikidata", "Wikidata"
    FUNDREF = "fundref", "Funder registry"
    SUGAR = "sugarcrm", "SugarCRM id"


class AddressKind(TextChoices):
    POSTAL = "postal", _("Postal address")
    BILLING = "billing", _("Billing address")


class ContactKind(TextChoices):
    PERSON = "person", _("Person")
    MAILBOX = "mailbox", _("Role mailbox")


class HoldState(TextChoices):
    """Whether mail to an address is held back. The hold is on the address, not on the person."""

    OK = "ok", _("Reachable")
    SOFT = "soft", _("Mail has come back")
    HELD = "held", _("On hold")


class LinkKind(TextChoices):
    CONSORTIUM = "consortium", _("Consortium")
    SPONSOR = "sponsor", _("Sponsor")


class EndReason(TextChoices):
    RESIGNED = "resigned", _("Resigned")
    AGREEMENT_ENDED = "agreement_ended", _("Agreement ended")
    ARREARS = "arrears", _("Removed for arrears")
    EXCLUDED = "excluded", _("Excluded")
    CLOSED = "closed", _("Organisation closed")
    MOVED = "moved", _("Changed member type")
    MERGED = "merged", _("Merged")
    IMPORTED = "imported", _("Ended before import")


class SuspensionReason(TextChoices):
    ARREARS = "arrears", _("Arrears")
    OBLIGATIONS = "obligations", _("Obligations not met")
    OTHER = "other", _("Other")


class ActKind(TextChoices):
    STARTED = "started", _("Membership started")
    SUSPENDED = "suspended", _("Suspended")
    REINSTATED = "reinstated", _("Reinstated")
    RESIGNED = "resigned", _("Resignation")
    AGREEMENT_ENDED = "agreement_ended", _("Agreement ended, stays a member")
    REMOVED = "removed", _("Removed for arrears")
    EXCLUDED = "excluded", _("Excluded")
    APPEALED = "appealed", _("Appeal against exclusion")
    ENDED = "ended", _("Membership ended")
    TAKEN_BACK = "taken_back", _("End taken back")
    MOVED = "moved", _("Moved")
    REPOSITORY = "repository", _("Repository moved")


class ApplicationState(TextChoices):
    APPLIED = "applied", _("Applied")
    APPROVED = "approved", _("Approved")
    AGREEMENT_SENT = "agreement_sent", _("Agreement sent")
    AGREEMENT_SIGNED = "agreement_signed", _("Agreement signed")
    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting first payment")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


A = ApplicationState
APPLICATION_TRANSITIONS: dict[str, frozenset[str]] = {
    A.APPLIED: frozenset({A.APPROVED, A.DECLINED, A.WITHDRAWN}),
    A.APPROVED: frozenset({A.AGREEMENT_SENT, A.WITHDRAWN}),
    A.AGREEMENT_SENT: frozenset({A.AGREEMENT_SIGNED, A.WITHDRAWN, A.DECLINED}),
    A.AGREEMENT_SIGNED: frozenset({A.AWAITING_PAYMENT, A.ACCEPTED, A.WITHDRAWN}),
    A.AWAITING_PAYMENT: frozenset({A.ACCEPTED, A.WITHDRAWN}),
    A.ACCEPTED: frozenset(),
    A.DECLINED: frozenset(),
    A.WITHDRAWN: frozenset(),
}


class DutyRuleKind(TextChoices):
    REQUIRED = "required", _("Duty must be filled")
    ONE_ORGANISATION = "one_organisation", _("Holder serves one organisation only")
    INSIDE = "inside", _("Holder belongs to the organisation")
    DISTINCT = "distinct", _("Number of different addresses over several duties")


class ImportState(TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    TESTED = "tested", _("Tested")
    APPLYING = "applying", _("Applying")
    APPLIED = "applied", _("Applied")
    UNDONE = "undone", _("Undone")
    REFUSED = "refused", _("Refused")


IMPORT_TRANSITIONS: dict[str, frozenset[str]] = {
    ImportState.UPLOADED: frozenset({ImportState.TESTED, ImportState.REFUSED}),
    ImportState.TESTED: frozenset({ImportState.APPLYING, ImportState.REFUSED, ImportState.TESTED}),
    # A run that was cut off is taken back as far as it came.
    ImportState.APPLYING: frozenset({ImportState.APPLIED, ImportState.UNDONE}),
    ImportState.APPLIED: frozenset({ImportState.UNDONE}),
    ImportState.UNDONE: frozenset(),
    ImportState.REFUSED: frozenset(),
}


class RowOutcome(TextChoices):
    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    UNCHANGED = "unchanged", _("Unchanged")
    REJECTED = "rejected", _("Rejected")
    DECISION = "decision", _("Needs a decision")


class PairState(TextChoices):
    OPEN = "open", _("To decide")
    DISTINCT = "distinct", _("Not duplicates")
    MERGED = "merged", _("Merged")


PAIR_TRANSITIONS: dict[str, frozenset[str]] = {
    PairState.OPEN: frozenset({PairState.DISTINCT, PairState.MERGED}),
    PairState.DISTINCT: frozenset({PairState.OPEN}),
    PairState.MERGED: frozenset(),
}


class ReviewState(TextChoices):
    """A proposal from outside (hand-over, contact confirmation) that staff approve."""

    ASKED = "asked", _("Asked")
    ANSWERED = "answered", _("Answered")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    EXPIRED = "expired", _("Expired")
    KEPT = "kept", _("Stays as it is")


REVIEW_TRANSITIONS: dict[str, frozenset[str]] = {
    ReviewState.ASKED: frozenset({ReviewState.ANSWERED, ReviewState.EXPIRED, ReviewState.KEPT}),
    ReviewState.ANSWERED: frozenset({ReviewState.APPROVED, ReviewState.REFUSED}),
    ReviewState.APPROVED: frozenset(),
    ReviewState.REFUSED: frozenset(),
    ReviewState.EXPIRED: frozenset(),
    ReviewState.KEPT: frozenset(),
}
