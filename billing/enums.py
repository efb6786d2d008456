"""Words of billing: states with their transition tables, kinds, purposes."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SnapshotState(TextChoices):
    OPEN = "open", _("Imported")
    REVIEWED = "reviewed", _("Reviewed")
    RECONCILED = "reconciled", _("Reconciled")
    SIGNED = "signed", _("Signed")
    SEALED = "sealed", _("Sealed")


# Until sealed the figures can be opened again; a signature is given up by that.
SNAPSHOT_TRANSITIONS: dict[str, frozenset[str]] = {
    SnapshotState.OPEN: frozenset({SnapshotState.REVIEWED}),
    SnapshotState.REVIEWED: frozenset({SnapshotState.OPEN, SnapshotState.RECONCILED}),
    SnapshotState.RECONCILED: frozenset({SnapshotState.OPEN, SnapshotState.SIGNED}),
    SnapshotState.SIGNED: frozenset({SnapshotState.OPEN, SnapshotState.SEALED}),
    SnapshotState.SEALED: frozenset(),
}


class DifferenceDecision(TextChoices):
    OPEN = "open", _("To decide")
    TAKEN = "taken", _("The registry's figure taken")
    KEPT = "kept", _("Our figure kept")


class CorrectionState(TextChoices):
    OPEN = "open", _("Waits for the next run")
    BILLED = "billed", _("Billed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


CORRECTION_TRANSITIONS: dict[str, frozenset[str]] = {
    CorrectionState.OPEN: frozenset({CorrectionState.BILLED, CorrectionState.WITHDRAWN}),
    # A cancelled invoice gives its corrections back.
    CorrectionState.BILLED: frozenset({CorrectionState.OPEN}),
    CorrectionState.WITHDRAWN: frozenset(),
}


class RunPurpose(TextChoices):
    ANNUAL = "annual", _("Annual fees")
    JOINERS = "joiners", _("Members who joined in the year")
    FIRST_ORDER = "first_order", _("First-year orders")
    REGISTRATION = "registration", _("Registrations of a quarter")


class RunState(TextChoices):
    DRAFT = "draft", _("Draft")
    COMPUTED = "computed", _("Computed")
    REVIEWED = "reviewed", _("Reviewed")
    APPROVED = "approved", _("Approved")
    ISSUING = "issuing", _("Being issued")
    ISSUED = "issued", _("Issued")
    CLOSED = "closed", _("Closed")
    DROPPED = "dropped", _("Dropped")


R = RunState
# A computed run may be computed again until somebody approves it; afterwards nothing moves back.
RUN_TRANSITIONS: dict[str, frozenset[str]] = {
    R.DRAFT: frozenset({R.COMPUTED, R.DROPPED}),
    R.COMPUTED: frozenset({R.COMPUTED, R.REVIEWED, R.DROPPED}),
    R.REVIEWED: frozenset({R.COMPUTED, R.APPROVED, R.DROPPED}),
    R.APPROVED: frozenset({R.ISSUING}),
    R.ISSUING: frozenset({R.ISSUED}),
    R.ISSUED: frozenset({R.CLOSED}),
    R.CLOSED: frozenset(),
    R.DROPPED: frozenset(),
}


class ItemState(TextChoices):
    READY = "ready", _("Ready")
    PARKED = "parked", _("Parked")
    NOTHING = "nothing", _("Nothing to bill")
    ISSUED = "issued", _("Issued")


ITEM_TRANSITIONS: dict[str, frozenset[str]] = {
    ItemState.READY: frozenset({ItemState.ISSUED, ItemState.PARKED}),
    ItemState.PARKED: frozenset(),
    ItemState.NOTHING: frozenset(),
    ItemState.ISSUED: frozenset(),
}


class InvoiceKind(TextChoices):
    INVOICE = "invoice", _("Invoice")
    CORRECTION = "correction", _("Invoice correction")
    CANCELLATION = "cancellation", _("Cancellation")


class InvoiceState(TextChoices):
    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    CANCELLED = "cancelled", _("Cancelled")


INVOICE_TRANSITIONS: dict[str, frozenset[str]] = {
    InvoiceState.DRAFT: frozenset({InvoiceState.ISSUED}),
    InvoiceState.ISSUED: frozenset({InvoiceState.CANCELLED}),
    InvoiceState.CANCELLED: frozenset(),
}


class PaymentState(TextChoices):
    """Derived from rows, never stored."""

    OPEN = "open", _("Open")
    PART_PAID = "part_paid", _("Part-paid")
    PAID = "paid", _("Paid")
    OVERDUE = "overdue", _("Overdue")
    SETTLED = "settled", _("Nothing due")


class FlagKind(TextChoices):
    DISPUTED = "disputed", _("Disputed")
    WAITING_FOR_PO = "waiting_for_po", _("Waiting for a purchase order")
    PAUSED = "paused", _("Reminders paused")


class PaymentMethod(TextChoices):
    TRANSFER = "transfer", _("Bank transfer")
    CHEQUE = "cheque", _("Cheque")
    CARD = "card", _("Card")
    OTHER = "other", _("Other")


class PaymentKind(TextChoices):
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    RETURNED = "returned", _("Returned payment")


class EntryState(TextChoices):
    OPEN = "open", _("To be matched")
    MATCHED = "matched", _("Matched")
    SET_ASIDE = "set_aside", _("Not a member's payment")


ENTRY_TRANSITIONS: dict[str, frozenset[str]] = {
    EntryState.OPEN: frozenset({EntryState.MATCHED, EntryState.SET_ASIDE}),
    EntryState.SET_ASIDE: frozenset({EntryState.OPEN}),
    EntryState.MATCHED: frozenset({EntryState.OPEN}),
}


class AsideKind(TextChoices):
    """Why a bank entry is no member's payment."""

    NONE = "", _("–")
    BANK_FEE = "bank_fee", _("Bank fee or interest")
    OWN_TRANSFER = "own_transfer", _("Transfer between own accounts")
    OTHER = "other", _("Something else")


class StepAct(TextChoices):
    """What a step of the dunning ladder does beside its letter."""

    REMIND = "remind", _("Reminder")
    WARN_ALL = "warn_all", _("Notice to all contacts")
    SUSPEND = "suspend", _("Suspension")
    PROPOSE_REMOVAL = "propose_removal", _("Removal proposed to the board")


class PaperKind(TextChoices):
    VENDOR_FORM = "vendor_form", _("Supplier information")
    BANK_LETTER = "bank_letter", _("Confirmation of bank details")
    TAX_FORM = "tax_form", _("Tax form")
    REGISTER = "register", _("Extract from the register")
    OTHER = "other", _("Other paper")


class OrderState(TextChoices):
    ASKED = "asked", _("Asked")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")


ORDER_TRANSITIONS: dict[str, frozenset[str]] = {
    OrderState.ASKED: frozenset({OrderState.ANSWERED, OrderState.CLOSED}),
    # A number given may be corrected until the invoice is made.
    OrderState.ANSWERED: frozenset({OrderState.ANSWERED, OrderState.CLOSED}),
    OrderState.CLOSED: frozenset(),
}


class DocumentForm(TextChoices):
    """How a payer wants its documents. Without a wish: PDF with the data inside."""

    HYBRID = "hybrid", _("PDF with the e-invoice inside (ZUGFeRD)")
    HYBRID_AND_XML = "hybrid_xml", _("the same, and the XML as a file beside it")
    PDF = "pdf", _("plain PDF")


class VatAnswerSource(TextChoices):
    OFFLINE = "offline", _("Form and check digits")
    ONLINE = "online", "VIES"
    STAFF = "staff", _("Staff")
