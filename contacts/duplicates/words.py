"""Names and web addresses in the form in which two records are compared. Pure.

Scripts and marks are folded (Cyrillic and Greek are written in Latin letters), legal forms and small
words go, and the common words of the field ("university", "Universität", "universidad") are one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from backoffice.core.texts import fold

CYRILLIC = dict(zip(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўљњћђџјѕќѓ",
    ("a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e iu ia i i e g u l n c d "
     "dz j dz k g").split(), strict=True,
))  # fmt: skip
GREEK = dict(zip(
    "αβγδεζηθικλμνξοπρσςτυφχψω",
    "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(), strict=True,
))  # fmt: skip
LETTERS = str.maketrans({
    letter: "" if latin == "_" else latin for letter, latin in {**CYRILLIC, **GREEK}.items()
})  # fmt: skip
SMALL = frozenset(
    "the of and for in at on to a an de la le les du des d l di da do dos das del della delle der die "
    "das dem den und fur zu im am et y e i en van het voor og och i na v w z ve ja per pour".split()
)
LEGAL = frozenset(
    "gmbh ggmbh mbh ev eingetragener verein inc ltd llc llp plc ag sa sas sarl srl spa bv nv oy oyj ab "
    "as aps co corp corporation company limited kft zrt doo sro pty pvt asbl vzw gbr kg ug "
    "spa vvi gov kk ooo oao zao".split()
)
SAME = {
    spelling: word
    for word, spellings in {
        "university": "universitat universitaet universite universidad universidade universita "
                      "universiteit universitet universitetet uniwersytet univerzita univ "
                      "universitesi universitas universitatea yliopisto egyetem universitat "
                      "universitet universytet universitatii universidades univerzitet",
        "institute": "institut instituto istituto instytut inst institutet instituut institutul "
                     "institutes",
        "national": "nationale nationales nacional nazionale narodni natsionalnyi nationaal",
        "centre": "center zentrum centro centrum centrul centar tsentr centra",
        "library": "bibliothek bibliotheque biblioteca biblioteka bibliotheek bibliotek knihovna "
                   "knjiznica",
        "academy": "akademie academie academia akademia akademija accademia akademi akademiia",
        "hospital": "hopital ospedale krankenhaus klinikum ziekenhuis szpital hospitals hospitalar",
        "research": "forschung recherche investigacion ricerca pesquisa onderzoek forskning badan",
        "technical": "technische technique tecnica technology technological tehnica teknik "
                     "tekniska technologique tecnologica tecnologico",
        "sciences": "science wissenschaften scienze ciencias nauk nauki vetenskap",
        "foundation": "stiftung fondation fundacion fondazione fundacao fundacja stichting stiftelse",
        "association": "verband vereinigung asociacion associazione associacao stowarzyszenie",
        "society": "gesellschaft societe sociedad societa sociedade towarzystwo",
        "department": "dept abteilung departement departamento dipartimento",
        "ministry": "ministerium ministere ministerio ministero ministerstwo ministerstvo",
    }.items()
    for spelling in spellings.split()
}  # fmt: skip
# "S.p.A." and "v. v. i." are one word each; "(Japan)" at the end is a directory's addition.
DOTTED = re.compile(r"\b((?:\w\.\s?){2,})")
ADDITION = re.compile(r"\s*\([^()]*\)\s*$")
NUMERAL = re.compile(r"\w*\d|[ivx]{1,4}$")
NOT_WORD = re.compile(r"[^\w]+|_")
UMLAUT = re.compile(r"(?<=[a-z])(?:ae|oe|ue)|^(?:ae|oe|ue)")
PLAIN_UMLAUT = {"ae": "a", "oe": "o", "ue": "u"}
HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Second-level labels under which others register.
SHARED_SUFFIX = frozenset("ac co com edu gov org net gob gouv go or ne res mil nic sch".split())


@lru_cache(maxsize=50_000)
def word_of(token: str) -> str:
    """One word in comparable form: umlauts written out or not, and the field's synonyms, are one."""
    known = SAME.get(token)
    if known:
        return known
    plain = UMLAUT.sub(lambda match: PLAIN_UMLAUT[match[0]], token)
    return SAME.get(plain, plain)


def tokens_of(name: str) -> tuple[str, ...]:
    """The comparable words of a name, sorted, each once; never empty for a name with a letter."""
    plain = fold(ADDITION.sub("", name) or name).translate(LETTERS)
    plain = DOTTED.sub(lambda m: m[0].replace(".", "").replace(" ", "") + " ", plain)
    words = [word for word in NOT_WORD.split(plain) if word]
    kept = [word for word in words if word not in SMALL and word not in LEGAL] or words
    spread: set[str] = set()
    for word in kept:
        if HAN.search(word) and len(word) > 2:
            # Chinese, Japanese and Korean set no blanks: pairs of letters stand for words.
            spread |= {word[n : n + 2] for n in range(len(word) - 1)}
        else:
            spread.add(word_of(word))
    return tuple(sorted(spread))


def initials_of(name: str) -> str:
    """``"Technische Informationsbibliothek Hannover"`` → ``"tih"``; empty under three words."""
    words = [w for w in NOT_WORD.split(fold(name).translate(LETTERS)) if w and w not in SMALL]
    return "".join(word[0] for word in words) if len(words) > 2 else ""


def host_of(address: str) -> str:
    """Host of a web address without ``www``; empty for what is none."""
    rest = address.strip().lower().partition("://")[2] or address.strip().lower()
    host = re.split(r"[/?#:]", rest, maxsplit=1)[0].removeprefix("www.")
    return host if "." in host and " " not in host else ""


def domain_of_host(host: str) -> str:
    """What was registered: ``lib.example.ac.uk`` → ``example.ac.uk``."""
    labels = host.split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SHARED_SUFFIX:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def trigrams(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[n : n + 3] for n in range(len(padded) - 2))


def numerals(name: tuple[str, ...]) -> frozenset[str]:
    """Numbers in a name, Roman ones too: "Roma II" and "Roma III" are two."""
    return frozenset(word for word in name if NUMERAL.match(word))


def left_over(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Words of each name without a like word in the other."""
    ours = [w for w in left if w not in right]
    theirs = [w for w in right if w not in left]
    for word in list(ours):
        twin = next((w for w in theirs if spelt_alike(word, w)), None)
        if twin is not None:
            ours.remove(word)
            theirs.remove(twin)
    return ours, theirs


def spelt_alike(word: str, other: str) -> bool:
    """Whether two words differ by a letter or two."""
    if min(len(word), len(other)) < 4:
        return False
    ours, theirs = trigrams(word), trigrams(other)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs)) >= 0.6


def likeness(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    """0 to 1: how alike two names are, by their letters in groups of three."""
    if left == right:
        return 1.0
    ours, theirs = trigrams(" ".join(left)), trigrams(" ".join(right))
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))
