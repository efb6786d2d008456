"""What governance holds about people, and how it is treated."""

from __future__ import annotations

from backoffice.core.personal_data import FINDERS, Personal, declare
from governance.personal_finders import finders

ROLL = Personal(
    "governance", "right to vote of a member", "6(1)(b)", "election_end", "blank", "contact"
)
STATEMENT = Personal(
    "governance", "candidature for an office", "6(1)(f)", "election_record", "keep", "contact"
)
# The definition is published and signed as a whole, other people's names in it: not exported.
ON_THE_PAPER = Personal(
    "governance", "candidature as published", "6(1)(f)", "election_record", "keep", "contact", False
)
# Of somebody who did not stand in the end, nothing stays; who stood is kept as a whole.
CANDIDATURE = Personal(
    "governance", "candidature for an office", "6(1)(f)", "election_record", "blank", "contact"
)
CANDIDATURE_REASON = Personal(
    "free_text", "why something was decided", "6(1)(f)", "election_record", "blank"
)
PROPOSED = Personal(
    "identity", "asking a proposed candidate", "6(1)(f)", "election_end", "blank", "contact"
)
# Minutes are the record of the assembly; who spoke or was elected stands in them.
MINUTES = Personal(
    "governance", "record of a meeting", "6(1)(c)", "election_record", "keep", "contact", False
)
REASON = Personal("free_text", "why something was decided", "6(1)(f)", "election_record", "keep")


def declare_governance() -> None:
    declare("governance.Body", none=["code", "name", "name_de"])
    declare("governance.Seat", none=["code", "label", "seat_class"])
    declare("governance.Term", personal={"end_reason": REASON})
    declare("governance.Meeting", none=["title", "place"])
    declare("governance.AgendaItem", personal={"title": MINUTES, "text": MINUTES})
    declare("governance.NoticeSent", none=["reason"])
    declare(
        "governance.Election",
        none=(
            "slug definition_id roll_root public_key rehearsal_expected "
            "rehearsed_hash page_hash lot_seed second_engine"
        ).split(),
        personal=dict.fromkeys(("title", "title_de", "definition", "report"), ON_THE_PAPER),
    )
    declare(
        "governance.Contest",
        none="code rule params classes seat_class".split(),
        personal=dict.fromkeys(("title", "title_de", "text", "text_de"), ON_THE_PAPER),
    )
    declare(
        "governance.Option",
        none=["code"],
        personal={"name": STATEMENT, "name_de": STATEMENT, "statement": STATEMENT},
    )
    declare(
        "governance.OpenVote",
        none=["fraction"],
        personal=dict.fromkeys(("title", "text", "report"), MINUTES),
    )
    declare("governance.NamedAnswer")
    declare("governance.ReadBack", none=["definition_id"])
    declare("governance.Teller")
    declare("governance.Certification", none=["report_hash", "ballots_hash"])
    declare("governance.ElectionFile", none=["name", "sha256"])
    _declare_candidates_and_minutes()
    declare(
        "governance.RollEntry",
        none=["member_type", "box", "language", "unreachable", "salt", "leaf", "token_hash"],
        personal={"address": ROLL},
    )
    declare("governance.RollCorrection", personal={"reason": REASON})
    declare("governance.Envelope", none=["box", "ciphertext", "hash"])
    declare("governance.BoardEntry", none=["envelope", "head"])
    declare("governance.BoardHead", none=["head"])
    for name, finder in finders().items():
        FINDERS.add(name, finder)


def _declare_candidates_and_minutes() -> None:
    declare(
        "governance.Nomination",
        personal={
            "statement": CANDIDATURE,
            "reason": CANDIDATURE_REASON,
            "given_name": PROPOSED,
            "family_name": PROPOSED,
            "address": PROPOSED,
        },
    )
    declare(
        "governance.Minutes", none=["text_sha256"], personal={"text": MINUTES, "signed_by": MINUTES}
    )
    declare("governance.MinutesObjection", personal={"text": MINUTES, "outcome": MINUTES})
    declare("governance.Supporter")
