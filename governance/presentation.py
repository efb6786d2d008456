"""How a fixed definition is shown on paper: names in the reader's language, statements beside."""

from __future__ import annotations

import random
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.enums import OptionOrder
from governance.models import Contest, Election, Option
from governance.queries import contests_of
from governance.sealing.definition import CROSSES, most_marks

PLAIN_NAMES = {"Yes", "No", "Abstain", "Abstention"}


def in_german() -> bool:
    return (get_language() or "").startswith("de")


def translated(text: str, german: str) -> str:
    """The German wording on a German page where there is one."""
    return german if in_german() and german else text


def shown_option(name: str, german: str) -> str:
    """Name of an option as shown; yes, no and abstain speak the reader's language."""
    if in_german() and not german and name in PLAIN_NAMES:
        return {"Yes": _("Yes"), "No": _("No")}.get(name, _("Abstain"))
    return translated(name, german)


def how_to(contest: dict[str, Any]) -> str:
    """One sentence that says how to fill in the contest."""
    marks = most_marks(contest)
    if contest["rule"] == "motion":
        return _("Choose one answer, or none.")
    if contest["rule"] == "majority-runoff":
        return _("Choose one person, or none.")
    if contest["rule"] in CROSSES and marks < len(contest["options"]):
        return _("Choose up to %(marks)s.") % {"marks": marks}
    if contest["rule"] in CROSSES:
        return _("Choose as many as you like, or none.")
    return _("Give 1 to your first choice, 2 to your second, and so on, as far as you like.")


def paper(election: Election) -> list[dict[str, Any]]:
    """The contests of the fixed definition, ready for the template."""
    assert election.definition is not None
    rows = {contest.code: contest for contest in contests_of(election)}
    return [_contest(contest, rows[contest["id"]]) for contest in election.definition["contests"]]  # type: ignore[index]


def _photo_url(contest: Contest, option: Option) -> str:
    if option.photo is None or option.photo.removed:
        return ""
    return reverse("governance:photo", args=[contest.election.slug, contest.code, option.code])


def _contest(contest: dict[str, Any], row: Contest) -> dict[str, Any]:
    known = {option.code: option for option in row.options.all()}
    options = []
    for option in contest["options"]:
        extra = known[option["id"]]
        options.append(
            {
                "id": option["id"],
                "name": shown_option(option["name"], extra.name_de),
                "organisation": str(extra.organisation) if extra.organisation else "",
                "statement": extra.statement,
                "photo_url": _photo_url(row, extra),
                "initials": "".join(word[0] for word in option["name"].split()[:2]).upper(),
            }
        )
    if row.option_order == OptionOrder.LOT:
        random.SystemRandom().shuffle(options)
    kind = "rank"
    if contest["rule"] in CROSSES:
        kind = "one" if most_marks(contest) == 1 else "many"
    return {
        "id": contest["id"],
        "title": translated(row.title, row.title_de),
        "text": translated(row.text, row.text_de),
        "how": how_to(contest),
        "kind": kind,
        "marks": most_marks(contest),
        "ranks": range(1, len(options) + 1),
        # One picture gives everybody a frame of the same size.
        "pictured": any(option["photo_url"] for option in options),
        "presented": any(option["photo_url"] or option["statement"] for option in options),
        "options": options,
    }


def for_script(election: Election, contests: list[dict[str, Any]]) -> dict[str, Any]:
    """What the ballot script needs: rules and limits from the definition, names as shown."""
    assert election.definition is not None
    shown = {contest["id"]: contest for contest in contests}
    return {
        "election": election.definition_id,
        "public_key": election.public_key,
        "ballot_bytes": election.definition["ballot_bytes"],  # type: ignore[index]
        "codes": election.codes,
        "contests": [
            {
                "id": contest["id"],
                "rule": contest["rule"],
                "seats": contest["seats"],
                "shown": shown[contest["id"]]["title"],
                "ranked": shown[contest["id"]]["kind"] == "rank",
                "options": [
                    {"id": option["id"], "shown": option["name"]}
                    for option in shown[contest["id"]]["options"]
                ],
            }
            for contest in election.definition["contests"]  # type: ignore[index]
        ],
    }


def words() -> dict[str, str]:
    """Sentences of the ballot script in the page's language."""
    return {
        "failed": _("Something went wrong; no vote was cast. Please try again."),
        "offline": _("There is no connection. No vote was cast; your paper is still here."),
        "sealing": _("Your ballot is being sealed …"),
        "blank": _("Blank: no choice"),
        "fewer": _("You chose %a of up to %b."),
        "tooMany": _("You chose %a; at most %b are allowed. Take some away."),
        "sameRank": _("The rank %s is given twice. Give each rank once."),
        "wrongReceipt": _("The receipt does not match what was sent. Tell the election office."),
    }
