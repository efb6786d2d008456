"""The words by which a request is recognised, English and German. Pure tables for ``reading``."""

from __future__ import annotations

import re

from contacts.privacy.enums import CaseKind


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{part})" for part in parts), re.IGNORECASE)


THINGS = (
    r"(?:data|dates|details|information|records?|account|profile|entry|entries|everything|history|"
    r"(?:e-?mail )?address\w*|name|contact\w*|"
    r"\w*daten\w*|\w*konto\w*|account|profil\w*|angaben|alles|eintr[aä]g\w*|kontakt\w*|"
    r"(?:e-?mail-?)?adresse\w*|namen?)"
)
ERASE = (
    r"(?:delet\w+|eras(?:e|ed|ing|ure)|remov(?:e|ed|ing|al)|forget|purge|wipe|destroy|"
    r"(?:ge)?lösch\w*|loesch\w*|loeschung|entfern\w*|vernicht\w*|tilg\w*)"
)
LIST = (
    r"(?:mailing[ -]?lists?|lists?|newsletters?|distribution|circulars?|mailings?|"
    r"verteiler\w*|rundbrief\w*|rundmail\w*|werbung|mailingliste\w*|liste\w*)"
)
MAILS = r"(?:e-?mails?|mails?|messages|newsletters?|advertis\w+|rundbriefe?\w*|werbung|nachrichten|post)"

REMOVE_VERB = _any(rf"\b{ERASE}\b", r"\bremove\b", r"\bunsubscribe\b")
LEAVE_LIST = _any(
    rf"\b(?:remove|take|delete)\b.{{0,40}}\b(?:from|off)\b.{{0,40}}\b{LIST}\b",
    rf"\b(?:aus|von)\b.{{0,30}}\b{LIST}\b.{{0,40}}\b(?:{ERASE}|nehmen|streichen|austragen)\b",
    rf"\b(?:{ERASE}|nehmen|streichen)\b.{{0,40}}\b(?:aus|von)\b.{{0,30}}\b{LIST}\b",
)
# What is more than an address on a list.
WHOLE = _any(r"\b\w*(?:data|account|everything|records|daten|konto|alles)\b")
STOP_MAIL = _any(
    r"\bunsubscribe\b", r"\bopt(?:ing)?[ -]?out\b",
    rf"\b(?:stop|cease|end)\b.{{0,30}}\b(?:sending|writing|mailing|e-?mailing|contacting|{MAILS})\b",
    rf"\bno (?:more|further)\b.{{0,20}}\b{MAILS}\b",
    r"\b(?:do not|don'?t|never)\b.{0,20}\b(?:send|write|contact|mail|e-?mail|spam)\b",
    rf"\b(?:do not|don'?t|no longer)\b.{{0,20}}\b(?:want|wish|like)\b.{{0,30}}\b(?:{MAILS}|contacted|mailed)\b",
    rf"\bkeine?n?\b.{{0,25}}\b{MAILS}\b",
    r"\b(?:abmelden|abbestell\w*|austragen|abmeldung)\b", r"\bmelde\b.{0,40}\bab\b",
    r"\bschreib\w*\b.{0,30}\bnicht mehr\b", r"\bnicht (?:mehr|weiter)\b.{0,20}\b(?:an)?schreib\w*\b",
)  # fmt: skip

CUES: dict[str, re.Pattern[str]] = {
    CaseKind.REMOVAL: _any(
        rf"\b{ERASE}\b.{{0,60}}\b{THINGS}\b", rf"\b{THINGS}\b.{{0,60}}\b{ERASE}\b",
        r"\b(?:delete|erase|forget)\b (?:me|myself)\b",
        r"\b(?:remove|take)\b (?:me|us)\b.{0,30}\bfrom\b.{0,30}\b(?:database|systems?|records|crm|files)\b",
        r"\bright to (?:be forgotten|erasure)\b", r"\brecht auf (?:vergessen\w*|löschung)\b",
        r"\bart(?:icle|ikel)?\.? ?17\b",
        rf"\b{ERASE}\b.{{0,30}}\b(?:mich|me)\b.{{0,40}}\b(?:system|datenbank|kartei|kundendatei)\w*",
        rf"\b(?:mich)\b.{{0,40}}\b(?:system|datenbank|kartei)\w*.{{0,20}}\b{ERASE}\b",
    ),
    CaseKind.ACCESS: _any(
        r"\b(?:subject )?access request\b", r"\bd?sar\b", r"\bart(?:icle|ikel)?\.? ?(?:15|20)\b",
        r"\b(?:what|which)\b.{0,30}\b(?:data|information)\b.{0,60}\b(?:hold|have|store|stored|keep|process)\b",
        r"\bcopy of\b.{0,40}\b(?:data|information|records)\b",
        r"\baccess to\b.{0,30}\b(?:data|information)\b", r"\bdata portability\b",
        r"\bsend me\b.{0,40}\b(?:data|information)\b.{0,40}\b(?:hold|have|store|about me)\b",
        r"\b(?:daten|selbst)?auskunft\b", r"\bwelche\b.{0,40}\bdaten\b", r"\b(?:daten)?kopie\b.{0,40}\bdaten\b",
        r"\bdatenkopie\b", r"\bdatenübertragbarkeit\b",
    ),
    CaseKind.RECTIFICATION: _any(
        rf"\b(?:correct|rectify|update|amend|change)\b.{{0,50}}\b{THINGS}\b",
        rf"\b{THINGS}\b.{{0,30}}\b(?:is|are) (?:wrong|incorrect|misspel\w+|outdated|out of date)\b",
        r"\bmisspel\w+\b", r"\brectification\b", r"\bart(?:icle|ikel)?\.? ?16\b",
        r"\bnew (?:e-?mail )?address\b", r"\bneue[nr]? (?:e-?mail-?)?adresse\b",
        rf"\b(?:berichtig\w*|korrigier\w*|änder\w*|aendern|aktualisier\w*)\b.{{0,50}}\b{THINGS}\b",
        rf"\b{THINGS}\b.{{0,50}}\b(?:berichtig\w*|korrigier\w*|(?:ge)?änder\w*|aktualisier\w*)\b",
        r"\bfalsch geschrieben\b", r"\bberichtigung\b",
        rf"\b{THINGS}\b.{{0,20}}\b(?:ist|sind) (?:falsch|veraltet)\b",
    ),
    CaseKind.RESTRICTION: _any(
        r"\brestrict(?:ion|ing)?\b.{0,50}\b(?:processing|use|data)\b",
        r"\bart(?:icle|ikel)?\.? ?18\b",
        r"\beinschränkung\b.{0,40}\b(?:verarbeitung|nutzung)\b",
        r"\b(?:verarbeitung|nutzung|daten)\b.{0,40}\b(?:einschränk\w*|sperren|gesperrt)\b",
        r"\bsperr\w*\b.{0,40}\bdaten\b", r"\bschränk\w*\b.{0,60}\b(?:verarbeitung|nutzung)\b",
    ),
    CaseKind.OBJECTION: _any(
        r"\b(?:i|we|hereby) object\b", r"\bobjection (?:to|against)\b", r"\bart(?:icle|ikel)?\.? ?21\b",
        r"\b(?:ich|wir) widerspreche?n?\b", r"\bwiderspreche\b", r"\bwiderspruch\b",
        r"\bwithdraw\b.{0,30}\bconsent\b", r"\b(?:einwilligung)\b.{0,40}\bwiderruf\w*\b",
        r"\bwiderruf\w*\b.{0,40}\beinwilligung\b",
    ),
}  # fmt: skip

NEGATION = _any(
    r"\bnot\b", r"n't\b", r"\bdont\b", r"\bnever\b", r"\bwithout\b", r"\bno need\b",
    r"\bnicht\b", r"\bkeine?[nsmr]?\b", r"\bnie(?:mals)?\b", r"\bohne\b", r"\bkeinesfalls\b",
)  # fmt: skip
CONDITION = _any(
    r"\bif\b", r"\bunless\b", r"\bonce\b", r"\bwhen(?:ever)?\b", r"\bafter\b", r"\bbefore\b", r"\buntil\b",
    r"\bwould you\b.{0,20}\bhave to\b", r"\bhow (?:do|can|could|would|long)\b", r"\bwhy\b", r"\bwhether\b",
    r"\bfalls\b", r"\bwenn\b", r"\bsobald\b", r"\bnachdem\b", r"\bbevor\b", r"\berst\b", r"\bbis\b",
    r"\bwie (?:kann|lange|geht)\b", r"\bwarum\b", r"\bwieso\b", r"\bob\b",
)  # fmt: skip
PAST = _any(
    r"\b(?:was|were|has been|have been|had been|already|did you|have you|"
    r"you have|you've|you (?:deleted|removed|erased))\b",
    r"\b(?:wurde|wurden|worden|bereits|schon|haben sie|hast du|gelöscht haben)\b",
)
FIRST_PERSON = _any(
    r"\b(?:my|mine|me|myself|i|i'd|i'm|our|us)\b", r"\bthis (?:e-?mail )?address\b",
    r"\b(?:meine?\w*|mich|mir|ich|unsere?\w*|uns)\b", r"\bdiese[rn]? (?:e-?mail-?)?adresse\b",
    r"\bright to (?:be forgotten|erasure)\b", r"\brecht auf (?:vergessen\w*|löschung)\b",
)  # fmt: skip
THIRD_PERSON = _any(
    r"\b(?:his|her|their|him|them|she|he|colleague'?s?|employee'?s?|former|predecessor'?s?)\b",
    r"\b(?:sein|seine[nrms]?|ihn|kolleg\w+|mitarbeiter\w*|vorgänger\w*|ehemalig\w+)\b",
)
LEFT = _any(
    r"\b(?:has|have|had)? ?(?:already )?left\b.{0,20}\b(?:us|the|our|this|in|at|last|on)\b",
    r"\b(?:has|have) left\b",
    r"\bno longer\b.{0,15}\b(?:works?|working|with us|employed|at|here|part of|a member of)\b",
    r"\b(?:doesn't|does not) work\b.{0,15}\b(?:here|for us|any ?more)\b",
    r"\b(?:has|is|have) retired\b", r"\bpassed away\b", r"\bhas died\b",
    r"\bausgeschieden\b", r"\bnicht mehr\b.{0,20}\b(?:bei uns|im haus|beschäftigt|tätig|da|hier)\b",
    r"\barbeite[tn]?\b.{0,25}\bnicht (?:mehr|länger)\b",
    r"\b(?:hat|habe|haben)\b.{0,40}\bverlassen\b", r"\bin (?:rente|pension|den ruhestand)\b",
    r"\bverstorben\b", r"\bim ruhestand\b",
)  # fmt: skip
I_LEFT = _any(r"\bi(?:'ve|'m| have| am| no longer| left| don't| do not)?\b", r"\bich\b")
# Phrases of politeness, and what signatures say about somebody else's duties.
IDLE = _any(
    r"\b(?:intended recipient|received this (?:e-?mail|message) in error|notify the sender)\b",
    r"\b(?:irrtümlich erhalten|bestimmungsgemäße|vertrauliche informationen)\b",
    r"\bconsider the environment\b",
    r"^\s*(?:dear|hello|hi|sehr geehrte|liebe|guten tag)\b.{0,60}$",
)

GERMAN = _any(
    r"\b(?:ich|und|bitte|der|die|das|nicht|mit|sie|meine|mein|ist|von|für|bei|auf|eine|wir|sehr|geehrte|"
    r"alle|daten|zu|den|dem|grüßen|freundlichen|löschen)\b"
)
ENGLISH = _any(
    r"\b(?:the|and|please|my|you|your|i|is|of|to|have|for|not|with|this|any|data|dear|regards|delete|we|"
    r"from|me|that|about)\b"
)
