from governance.models.ballots import BoardEntry, BoardHead, Envelope
from governance.models.bodies import Body, Seat, Term
from governance.models.elections import Contest, Election, ElectionFile, Option
from governance.models.meetings import AgendaItem, Meeting, NoticeSent
from governance.models.minutes import Minutes, MinutesObjection
from governance.models.nominations import Nomination, Supporter
from governance.models.openvotes import NamedAnswer, OpenVote
from governance.models.roll import RollCorrection, RollEntry
from governance.models.tellers import Certification, ReadBack, Teller

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
    "Minutes",
    "MinutesObjection",
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
