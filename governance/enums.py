"""Words of governance: states with their transition tables, kinds, reasons."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BodyKind(TextChoices):
    ASSEMBLY = "assembly", _("Assembly of members")
    BOARD = "board", _("Board")
    COMMITTEE = "committee", _("Committee")


class TermOrigin(TextChoices):
    ELECTED = "elected", _("Elected")
    CO_OPTED = "co_opted", _("Co-opted by the board")
    EX_OFFICIO = "ex_officio", _("Ex officio")
    APPOINTED = "appointed", _("Appointed")


class MeetingKind(TextChoices):
    ORDINARY = "ordinary", _("Ordinary assembly")
    EXTRAORDINARY = "extraordinary", _("Extraordinary assembly")
    BOARD = "board", _("Board meeting")


class MeetingState(TextChoices):
    PLANNED = "planned", _("Planned")
    CALLED = "called", _("Called")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


MEETING_TRANSITIONS: dict[str, frozenset[str]] = {
    MeetingState.PLANNED: frozenset({MeetingState.CALLED, MeetingState.CANCELLED}),
    MeetingState.CALLED: frozenset({MeetingState.HELD, MeetingState.CANCELLED}),
    MeetingState.HELD: frozenset(),
    MeetingState.CANCELLED: frozenset(),
}


class ElectionState(TextChoices):
    DRAFT = "draft", _("Draft")
    DEFINED = "defined", _("Definition fixed")
    ROLLED = "rolled", _("Roll frozen")
    KEYED = "keyed", _("Keys made")
    REHEARSED = "rehearsed", _("Rehearsed")
    OPEN = "open", _("Voting is open")
    CLOSED = "closed", _("Voting is closed")
    BOXED = "boxed", _("Box sealed")
    COUNTED = "counted", _("Counted")
    CERTIFIED = "certified", _("Certified")
    DESTROYED = "destroyed", _("Keys and envelopes destroyed")
    CANCELLED = "cancelled", _("Cancelled")


E = ElectionState
#: No way leads back: what is fixed stays fixed. A change means a new election with a new id.
ELECTION_TRANSITIONS: dict[str, frozenset[str]] = {
    E.DRAFT: frozenset({E.DEFINED, E.CANCELLED}),
    E.DEFINED: frozenset({E.ROLLED, E.CANCELLED}),
    E.ROLLED: frozenset({E.KEYED, E.CANCELLED}),
    E.KEYED: frozenset({E.REHEARSED, E.CANCELLED}),
    E.REHEARSED: frozenset({E.OPEN, E.CANCELLED}),
    E.OPEN: frozenset({E.CLOSED, E.CANCELLED}),
    E.CLOSED: frozenset({E.BOXED, E.CANCELLED}),
    E.BOXED: frozenset({E.COUNTED, E.CANCELLED}),
    E.COUNTED: frozenset({E.CERTIFIED, E.CANCELLED}),
    E.CERTIFIED: frozenset({E.DESTROYED}),
    E.DESTROYED: frozenset(),
    E.CANCELLED: frozenset(),
}


class ElectionKind(TextChoices):
    REAL = "real", _("Election")
    TEST = "test", _("Test election")


class ClassRule(TextChoices):
    """By what the box is split so that a majority can be asked of a class too."""

    NONE = "none", _("One box for all")
    PROFIT = "profit", _("Non-profit and for-profit members apart")


class Publication(TextChoices):
    FULL = "full", _("All clear ballots")
    TOTALS = "totals", _("Totals only")


class OptionOrder(TextChoices):
    FIXED = "fixed", _("In the stated order")
    LOT = "lot", _("Drawn by lot for each voter's page")


class RollReason(TextChoices):
    """Why a member is on the roll or not."""

    VOTING_MEMBER = "voting_member", _("Voting member in good standing")
    CORRECTED_IN = "corrected_in", _("Added by correction")
    NO_VOTE = "no_vote", _("This member type has no vote")
    SUSPENDED = "suspended", _("Suspended on the record date")
    CORRECTED_OUT = "corrected_out", _("Taken off by correction")


class Channel(TextChoices):
    LINK = "link", _("By link")
    PAPER = "paper", _("On paper or in the meeting")


class CorrectionKind(TextChoices):
    ADD = "add", _("Add a member")
    REMOVE = "remove", _("Take a member off")
    CONTACT = "contact", _("Another voting contact")
    LINK = "link", _("New voting link")
    PAPER = "paper", _("Votes on paper: close the link")
    VOID = "void", _("Void the envelope")


class OpenVoteState(TextChoices):
    """A vote by show of names: everybody sees how each member voted."""

    OPEN = "open", _("Being recorded")
    CLOSED = "closed", _("Closed and counted")


OPEN_VOTE_TRANSITIONS: dict[str, frozenset[str]] = {
    OpenVoteState.OPEN: frozenset({OpenVoteState.CLOSED}),
    OpenVoteState.CLOSED: frozenset(),
}


class Answer(TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    ABSTAIN = "abstain", _("Abstain")


class ProposalState(TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


PROPOSAL_TRANSITIONS: dict[str, frozenset[str]] = {
    ProposalState.PROPOSED: frozenset({ProposalState.APPROVED, ProposalState.REFUSED}),
    ProposalState.APPROVED: frozenset(),
    ProposalState.REFUSED: frozenset(),
}


class NominationState(TextChoices):
    PROPOSED = "proposed", _("Proposed")
    ACCEPTED = "accepted", _("Accepted by the candidate")
    LISTED = "listed", _("On the ballot")
    DECLINED = "declined", _("Declined by the candidate")
    REFUSED = "refused", _("Not eligible")
    WITHDRAWN = "withdrawn", _("Withdrawn")


N = NominationState
NOMINATION_TRANSITIONS: dict[str, frozenset[str]] = {
    N.PROPOSED: frozenset({N.ACCEPTED, N.DECLINED, N.REFUSED, N.WITHDRAWN}),
    N.ACCEPTED: frozenset({N.LISTED, N.REFUSED, N.WITHDRAWN}),
    N.LISTED: frozenset({N.WITHDRAWN}),
    N.DECLINED: frozenset(),
    N.REFUSED: frozenset(),
    N.WITHDRAWN: frozenset(),
}


class NominationOrigin(TextChoices):
    SLATE = "slate", _("Slate of the committee")
    SELF = "self", _("Own application")
    MEMBER = "member", _("Proposed by a member")
    INDEPENDENT = "independent", _("Independent, with supporters")
