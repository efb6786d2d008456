"""What a mail asks for, as far as its words say it clearly. Pure; a suggestion for people.

A reading opens cases and stops optional mail; it deletes nothing. Anything negated, conditional,
about somebody else or about more than one thing is left to a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from contacts.privacy import reading_words as words
from contacts.privacy.enums import CaseKind

MOST_CHARACTERS = 20_000
CLAUSES = re.compile(
    r"[.!?;:\n]+|,?\s+\b(?:but|instead|however|aber|sondern|stattdessen)\b|,\s+(?:just|nur)\b"
)
# Abbreviations whose full stop ends no sentence ("Art. 17", "z. B.").
ABBREVIATED = re.compile(r"\b(art|no|nr|abs|z|b|e|g|dr|prof|mr|ms|mrs|lit)\.(?=\s?\w)", re.I)
REPLY_MARK = re.compile(r"^\s*(?:(?:re|aw|fw|fwd|wg|antw)\s*:\s*)+", re.I)


@dataclass(frozen=True)
class Reading:
    """``kinds`` in the order of the enum; ``clear`` when exactly one is asked for without doubt.

    ``stops``: optional mail to the sender must stop at once. ``colleague``: it speaks of somebody
    who left, or of another person.
    """

    kinds: tuple[str, ...]
    clear: bool
    stops: bool
    colleague: bool
    language: str

    @property
    def kind(self) -> str:
        return self.kinds[0] if self.clear else CaseKind.UNCLEAR


def read_request(subject: str, text: str) -> Reading:
    """Reads subject and own words of the sender (without quoted earlier mail)."""
    own = REPLY_MARK.sub("", subject)
    whole = _plain(f"{own}\n{text}"[:MOST_CHARACTERS])
    clauses = [_read_clause(clause) for clause in _clauses(whole)]
    found = {kind for clause in clauses for kind in clause.kinds}
    colleague = any(clause.left for clause in clauses)
    doubt = any(clause.doubt or (clause.other and not colleague) for clause in clauses)
    # "Do not delete my account, but stop the newsletter" is clear: stopping mail harms nobody.
    doubt |= any(clause.negated for clause in clauses) and found != {CaseKind.OBJECTION}
    if CaseKind.REMOVAL in found:
        # Who wants to be removed wants no mail either.
        found.discard(CaseKind.OBJECTION)
    stops = bool(found & {CaseKind.REMOVAL, CaseKind.OBJECTION})
    if colleague:
        doubt |= bool(found)
        found.add(CaseKind.COLLEAGUE)
    kinds = tuple(kind for kind in CaseKind.values if kind in found)
    return Reading(kinds, len(kinds) == 1 and not doubt, stops, colleague, guess_language(whole))


def _plain(text: str) -> str:
    for odd, usual in (("’", "'"), ("´", "'"), ("\u00ad", ""), ("\u00a0", " "), ("\r", "")):
        text = text.replace(odd, usual)
    return text


def _clauses(text: str) -> list[str]:
    """Lines of one paragraph belong together; sentences and "but" part them."""
    joined = re.sub(r"(?<![.!?:;,])\n(?=[a-zäöüß])", " ", text)
    joined = ABBREVIATED.sub(r"\1", joined)
    return [clause for part in CLAUSES.split(joined) if (clause := part.strip())]


@dataclass(frozen=True)
class Clause:
    """What one clause says: ``left``, somebody else left; ``other``, it is about somebody else."""

    kinds: frozenset[str] = frozenset()
    doubt: bool = False
    negated: bool = False
    left: bool = False
    other: bool = False


def _read_clause(clause: str) -> Clause:
    if _says(words.IDLE, clause):
        return Clause()
    if _says(words.LEFT, clause):
        return Clause(left=not _says(words.I_LEFT, clause))
    kinds = {kind for kind, cues in words.CUES.items() if _says(cues, clause)}
    if _says(words.LEAVE_LIST, clause):
        whole = CaseKind.REMOVAL in kinds and _says(words.WHOLE, clause)
        return Clause(frozenset({CaseKind.OBJECTION}), doubt=whole)
    if _says(words.STOP_MAIL, clause):
        # "Do not write to me" is what is asked, not a negation of it.
        removal = kinds & {CaseKind.REMOVAL} if not _says(words.NEGATION, clause) else set()
        return Clause(frozenset({CaseKind.OBJECTION, *removal}))
    if CaseKind.RECTIFICATION in kinds:
        # "Delete my old address and use the new one."
        kinds.discard(CaseKind.REMOVAL)
    if not kinds:
        return Clause(doubt=_says(words.REMOVE_VERB, clause))
    if CaseKind.REMOVAL in kinds and not _says(words.FIRST_PERSON, clause):
        other = _says(words.THIRD_PERSON, clause)
        return Clause(doubt=not other, other=other)
    if _says(words.NEGATION, clause):
        return Clause(negated=True)
    # "Tell me whether you have data about me" is how access is asked for.
    if kinds != {CaseKind.ACCESS} and (_says(words.CONDITION, clause) or _says(words.PAST, clause)):
        return Clause(doubt=True)
    return Clause(frozenset(kinds))


def _says(cues: re.Pattern[str], text: str) -> bool:
    return cues.search(text) is not None


def guess_language(text: str) -> str:
    """``de`` or ``en-gb`` by the small words of both languages; empty when there are too few."""
    german = len(words.GERMAN.findall(text))
    english = len(words.ENGLISH.findall(text))
    if german == english:
        return ""
    return "de" if german > english else "en-gb"
