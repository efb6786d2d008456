from governance.models.ballots import BoardEntry, BoardHead, Envelope
from governance.models.bodies import Body, Seat, Term
from governance.models.elections import (
    Certification,
    Contest,
    Election,
    ElectionFile,
    Option,
    ReadBack,
    Teller,
)
from governance.models.meetings import AgendaItem, Meeting, NoticeSent
from governance.models.nominations import Nomination, Supporter
from governance.models.openvotes import NamedAnswer, OpenVote
from governance.models.roll import RollCorrection, RollEntry

__all__ = [
    "AgendaItem",
    "BoardEntry",
    "BoardHead",
    "Body",
    "Certification",
    "Contest",
    "Election",
    "ElectionFile",
    "Envelope",
    "Meeting",
    "Nomination",
    "NamedAnswer",
    "NoticeSent",
    "OpenVote",
    "Option",
    "ReadBack",
    "RollCorrection",
    "RollEntry",
    "Seat",
    "Supporter",
    "Teller",
    "Term",
]
