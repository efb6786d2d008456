#!/usr/bin/env python3
"""Count a published election again: one file, Python 3.11 or later, nothing to install.

    python3 recount.py FOLDER [--json]

FOLDER holds definition.json, ballots-<box>.json for each box, and report.json. Counts every contest
under motion, plurality-at-large, majority-runoff or scottish-stv and compares winners and every
stage total with report.json. Exit code 0: all equal. 1: a difference. 2: unreadable.

Written apart from the program that made the report: it shares no code with it.
"""

import hashlib
import json
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

HUNDRED_THOUSAND = 100_000


def election_id(definition):
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def drawn(names, seed):
    """Names in the order of lots: ascending SHA-256 of the seed's bytes and the name."""
    if seed is None:
        return list(names)
    raw = bytes.fromhex(seed)
    return sorted(names, key=lambda name: hashlib.sha256(raw + name.encode("utf-8")).hexdigest())


def show(amount):
    """An amount in hundred-thousandths as a decimal without idle zeros."""
    whole, part = divmod(amount, HUNDRED_THOUSAND)
    return f"{whole}.{part:05d}".rstrip("0").rstrip(".") if part else str(whole)


def single_marks(contest, papers):
    names = {option["id"]: option["name"] for option in contest["options"]}
    totals = {option["name"]: 0 for option in contest["options"]}
    for paper in papers:
        marks = set(paper[contest["id"]])
        if len(marks) == 1:
            totals[names[marks.pop()]] += 1
    return totals


def count_motion(contest, papers, seed, entitled):
    totals = single_marks(contest, papers)
    params = contest.get("params", {})
    yes, no, *abstained = totals.values()
    base = {
        "valid": yes + no,
        "cast": sum(totals.values()),
        "all": len(papers),
        "entitled": entitled or 0,
    }[params.get("base", "valid")]
    need = Fraction(params.get("fraction", "1/2")) * base
    enough = yes > need if params.get("strict", "true") == "true" else yes >= need
    quorum = Fraction(params.get("quorum", 0))
    if "quorum_share" in params and entitled:
        quorum = max(quorum, Fraction(params["quorum_share"]) * entitled)
    passed = yes > 0 and enough and len(papers) >= quorum
    winners = [contest["options"][0]["name"]] if passed else []
    stages = [{name: str(total) for name, total in totals.items()}]
    return {"winners": winners, "stages": stages, "passed": passed}


def count_plurality(contest, papers, seed, entitled):
    names = {option["id"]: option["name"] for option in contest["options"]}
    totals = {option["name"]: 0 for option in contest["options"]}
    for paper in papers:
        marks = set(paper[contest["id"]])
        if len(marks) <= contest["seats"]:
            for mark in marks:
                totals[names[mark]] += 1
    lots = drawn(totals, seed)
    ranking = sorted(totals, key=lambda name: (-totals[name], lots.index(name)))
    stages = [{name: str(total) for name, total in totals.items()}]
    return {"winners": ranking[: contest["seats"]], "stages": stages}


def count_majority(contest, papers, seed, entitled):
    totals = single_marks(contest, papers)
    valid = sum(totals.values())
    lots = drawn(totals, seed)
    best = min(totals, key=lambda name: (-totals[name], lots.index(name)))
    final = contest.get("params", {}).get("round") == "2"
    elected = 2 * totals[best] > valid or final or len(totals) == 1
    stages = [{name: str(total) for name, total in totals.items()}]
    return {"winners": [best] if elected else [], "stages": stages}


class ScottishCount:
    """Rules 45 to 52 of the Order, one method a rule. Amounts are hundred-thousandths of a vote."""

    def __init__(self, contest, papers, seed):
        self.names = [option["name"] for option in contest["options"]]
        by_id = {option["id"]: option["name"] for option in contest["options"]}
        self.seats = contest["seats"]
        self.lots = drawn(self.names, seed)
        self.held = {name: [] for name in self.names}
        self.votes = dict.fromkeys(self.names, 0)
        self.running = list(self.names)
        self.elected = []
        self.waiting = []
        self.history = []
        valid = 0
        for paper in papers:
            order = [by_id[mark] for mark in paper[contest["id"]]]
            if order:
                valid += 1
                self.held[order[0]].append((order, HUNDRED_THOUSAND))
                self.votes[order[0]] += HUNDRED_THOUSAND
        self.quota = (valid // (self.seats + 1) + 1) * HUNDRED_THOUSAND

    def close_stage(self):
        self.history.append(dict(self.votes))
        reached = [name for name in self.running if self.votes[name] >= self.quota]
        for name in sorted(reached, key=lambda n: (-self.votes[n], self.lots.index(n))):
            self.running.remove(name)
            self.elected.append(name)
            self.waiting.append(name)

    def settle(self, tied, highest):
        for totals in reversed(self.history):
            edge = max(totals[n] for n in tied) if highest else min(totals[n] for n in tied)
            tied = [n for n in tied if totals[n] == edge]
            if len(tied) == 1:
                break
        return min(tied, key=self.lots.index)

    def hand_on(self, name, worth):
        papers, self.held[name] = self.held[name], []
        gains = defaultdict(int)
        for order, value in papers:
            value = worth(value)
            later = order[order.index(name) + 1 :]
            heir = next((n for n in later if n in self.running), None)
            if heir is not None and value:
                self.held[heir].append((order, value))
                gains[heir] += value
        for heir, gain in gains.items():
            self.votes[heir] += gain

    def run(self):
        self.close_stage()
        while len(self.elected) < self.seats < len(self.elected) + len(self.running):
            over = [name for name in self.waiting if self.votes[name] > self.quota]
            if over:
                top = max(self.votes[name] for name in over)
                name = self.settle([n for n in over if self.votes[n] == top], True)
                held, surplus = self.votes[name], self.votes[name] - self.quota
                self.waiting.remove(name)
                self.hand_on(name, lambda value, s=surplus, h=held: value * s // h)
                self.votes[name] = self.quota
            else:
                low = min(self.votes[name] for name in self.running)
                name = self.settle([n for n in self.running if self.votes[n] == low], False)
                self.running.remove(name)
                self.hand_on(name, lambda value: value)
                self.votes[name] = 0
            self.close_stage()
        if len(self.elected) < self.seats:
            last = sorted(self.running, key=lambda n: (-self.votes[n], self.lots.index(n)))
            self.elected += last
        stages = [{n: show(totals[n]) for n in self.names} for totals in self.history]
        return {"winners": self.elected, "stages": stages}


def count_scottish(contest, papers, seed, entitled):
    return ScottishCount(contest, papers, seed).run()


RULES = {
    "motion": count_motion,
    "plurality-at-large": count_plurality,
    "majority-runoff": count_majority,
    "scottish-stv": count_scottish,
}


def recount(folder):
    """Contest id -> own result, for every contest whose rule is known here."""
    definition = json.loads((folder / "definition.json").read_text("utf-8"))
    report = json.loads((folder / "report.json").read_text("utf-8"))
    name = election_id(definition)
    if report["election"] != name:
        raise ValueError("report.json belongs to another definition")
    boxes = {}
    for box in definition["boxes"]:
        document = json.loads((folder / f"ballots-{box}.json").read_text("utf-8"))
        if document["election"] != name:
            raise ValueError(f"ballots-{box}.json belongs to another definition")
        boxes[box] = document["ballots"]
    everyone = [paper for box in boxes.values() for paper in box]
    seed, entitled = report.get("seed"), report.get("entitled", {})
    results = {}
    for contest in definition["contests"]:
        count = RULES.get(contest["rule"])
        if count is None:
            continue
        result = count(contest, everyone, seed, sum(entitled.values()) or None)
        result["classes"] = {
            one: count(contest, boxes[one], seed, entitled.get(one))
            for one in contest.get("classes", [])
        }
        results[contest["id"]] = result
    return results, report


def differences(results, report):
    """Sentences, one a difference between the own results and report.json."""
    found = []
    for entry in report["contests"]:
        mine = results.get(entry["id"])
        if mine is None or entry.get("count") is None:
            continue
        pairs = [("", mine, entry["count"])]
        for name, one in mine["classes"].items():
            pairs.append((f", class {name}", one, entry["classes"][name]))
        for where, own, theirs in pairs:
            if own["winners"] != theirs["winners"]:
                found.append(f"{entry['id']}{where}: winners {own['winners']}")
            if own["stages"] != [stage["totals"] for stage in theirs["stages"]]:
                found.append(f"{entry['id']}{where}: totals of the stages differ")
            if own.get("passed") != theirs.get("passed"):
                found.append(f"{entry['id']}{where}: passed {own.get('passed')}")
    return found


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        results, report = recount(Path(arguments[0]))
        found = differences(results, report)
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"The folder cannot be read: {error}", file=sys.stderr)
        return 2
    if "--json" in arguments:
        print(json.dumps({"contests": results, "differences": found}, ensure_ascii=False))
    else:
        for name, result in results.items():
            print(f"{name}: {', '.join(result['winners']) or 'nobody'}")
        skipped = [e["id"] for e in report["contests"] if e["id"] not in results]
        if skipped:
            print(f"not counted here (other rules): {', '.join(skipped)}")
        print("\n".join(found) or "All winners and totals equal the report.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
