"""The published report as people read it: bars, stages and verdicts with names in their language."""

from __future__ import annotations

from typing import Any

from governance import presentation
from governance.models import Election
from governance.queries import result_lines


def shown_results(election: Election) -> list[dict[str, Any]]:
    """The report contest by contest with totals as bars and stages as a table."""
    rows = {contest["id"]: contest for contest in presentation.paper(election)}
    shown = []
    for entry in result_lines(election):
        names = {o["id"]: o["name"] for o in rows[entry["id"]]["options"]}
        by_name = {o["name"]: names[o["id"]] for o in entry["definition"]["options"]}
        counted = entry["count"]
        classes = [
            {"name": name, **_counted(one, by_name)}
            for name, one in (entry.get("classes") or {}).items()
        ]
        shown.append(
            {
                "title": rows[entry["id"]]["title"],
                "rule": entry["definition"]["rule"],
                "seats": entry["definition"]["seats"],
                "cast": entry["cast"],
                "passed": entry.get("passed", (counted or {}).get("passed")),
                "classes": classes,
                **(_counted(counted, by_name) if counted else {"bars": [], "winners": []}),
            }
        )
    return shown


def _counted(counted: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    stages = counted.get("stages", [])
    winners = counted.get("winners", [])
    first = stages[0]["totals"] if stages else {}
    most = max((float(total) for total in first.values()), default=0) or 1
    bars = sorted(first.items(), key=lambda pair: -float(pair[1]))
    table = [
        {
            "name": names[name],
            "won": name in winners,
            "totals": [stage["totals"][name] for stage in stages],
        }
        for name, _total in bars
    ]
    return {
        "winners": [names[name] for name in winners],
        "bars": [
            {"name": names[n], "total": t, "share": 100 * float(t) / most, "won": n in winners}
            for n, t in bars
        ],
        "stages": stages if len(stages) > 1 else [],
        "table": table if len(stages) > 1 else [],
        "papers": counted.get("papers", {}),
        "quota": counted.get("quota"),
        "ties": counted.get("ties", []),
        "runoff": [names[n] for n in counted.get("working", {}).get("runoff", [])],
        "class_passed": counted.get("passed"),
        "ranking": [names[n] for n in counted.get("ranking", [])] if not stages else [],
    }
