"""Counting of votes: pure functions from ballots and a rule id to a report.

No Django, no database, no clock in the result, no third-party package. Integers throughout.
"""

from .ballots import Ballots
from .blt import read_blt, write_blt
from .csvfile import Reading, read_csv, write_csv
from .errors import CountingError, MalformedBallots
from .lots import lot_key, lot_order
from .marks import MotionRule
from .ranking import Cap
from .report import Report, Stage
from .rules import RULES, Options, count
from .ties import Tie

__all__ = [
    "RULES",
    "Ballots",
    "Cap",
    "CountingError",
    "MalformedBallots",
    "MotionRule",
    "Options",
    "Reading",
    "Report",
    "Stage",
    "Tie",
    "count",
    "lot_key",
    "lot_order",
    "read_blt",
    "read_csv",
    "write_blt",
    "write_csv",
]
