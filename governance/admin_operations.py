"""The operations behind the buttons: each checks its own permission and calls one service."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation
from backoffice.core.errors import BadInput
from backoffice.core.services.documents import read_bytes
from governance import admin_forms as forms
from governance.enums import ElectionState
from governance.models import Election
from governance.services import (
    certification,
    closing,
    copies,
    corrections,
    counting,
    definition,
    keys,
    mailing,
    runoffs,
    safekeeping,
)
from governance.services import roll as roll_services

RUN, CERTIFY = "governance.run_election", "governance.certify_election"
S = ElectionState
FILE_LIMIT = 64 * 1024 * 1024


def _in(*states: str):
    return lambda obj: obj.state in states


def _json(upload) -> dict[str, Any]:
    try:
        document = json.loads(_bytes(upload))
    except ValueError as error:
        raise BadInput("The file is not JSON.", where=upload.name) from error
    if not isinstance(document, dict):
        raise BadInput("The file does not hold one document.", where=upload.name)
    return document


def _bytes(upload) -> bytes:
    if upload.size > FILE_LIMIT:
        raise BadInput("The file is too large.", where=upload.name)
    return upload.read()


def _read_back(obj: Election, actor: Actor, data: dict, request) -> str:
    done = definition.read_back(election=obj, definition_id=data["definition_id"], actor=actor)
    if done.state == S.DEFINED:
        return _now("The definition is fixed.")
    return _now("Noted. A second person reads it back to fix it.")


def _freeze(obj, actor, data, request) -> str:
    roll_services.freeze_roll(election=obj, on=dates.today(), actor=actor)
    return _now("The roll is frozen.")


def _keys(obj, actor, data, request) -> str:
    keys.hand_in_keys(election=obj, keys=_json(data["file"]), actor=actor)
    return _now("Keys are taken in. The tellers now rehearse with the box of test ballots.")


def _box(obj, actor, data, request) -> HttpResponse:
    response = HttpResponse(keys.rehearsal_box(obj), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="rehearsal-box.json"'
    return response


def _rehearsal(obj, actor, data, request) -> str:
    keys.hand_in_rehearsal(election=obj, proof=_json(data["file"]), actor=actor)
    return _now("The rehearsal has succeeded; the box of test ballots is destroyed.")


def _open(obj, actor, data, request) -> str:
    keys.open_election(election=obj, now=dates.now(), actor=actor)
    return _now("Voting is open.")


def _close(obj, actor, data, request) -> str:
    closing.close_election(election=obj, now=dates.now(), actor=actor)
    return _now("Voting is closed.")


def _seal(obj, actor, data, request) -> str:
    closing.seal_box(election=obj, actor=actor)
    return _now("The box is sealed; its hash is published.")


def _count(obj, actor, data, request) -> str:
    names = [name for name in data if name.startswith(("ballots-", "codes-"))]
    files = {f"{name}.json": _bytes(data[name]) for name in names}
    counting.take_in_ballots(election=obj, files=files, seed=data.get("seed", ""), actor=actor)
    return _now("Counted; a second program has counted the same.")


def _certify(obj, actor, data, request) -> str:
    certification.certify(election=obj, on=dates.today(), actor=actor)
    return _now("Signed.")


def _correct(obj, actor, data, request) -> str:
    corrections.propose_correction(
        election=obj,
        organisation=data["organisation"],
        kind=data["kind"],
        contact=data.get("contact"),
        reason=data["reason"],
        actor=actor,
    )
    return _now("Proposed. A second person decides.")


def _mail(service, **more):
    def send(obj, actor, data, request) -> str:
        extra = {"on": dates.today()} if more.get("dated") else {}
        sent = service(election=obj, actor=actor, **extra)
        return _now("%(n)s messages queued, %(dark)s voters cannot be reached.") % {
            "n": sent.queued,
            "dark": sent.unreachable,
        }

    return send


def _second_chance(obj, actor, data, request) -> str:
    proposed = corrections.propose_deputies(election=obj, on=dates.today(), actor=actor)
    return _now("%(n)s changes proposed; a second person decides.") % {"n": len(proposed)}


def _copy(obj, actor, data, request) -> HttpResponseRedirect:
    draft = copies.copy_election(
        election=obj, opens_at=data["opens_at"], closes_at=data["closes_at"], actor=actor
    )
    return HttpResponseRedirect(reverse("admin:election_desk", args=[draft.pk]))


def _runoff(obj, actor, data, request) -> HttpResponseRedirect:
    draft = runoffs.create_runoff(
        election=obj, opens_at=data["opens_at"], closes_at=data["closes_at"], actor=actor
    )
    return HttpResponseRedirect(reverse("admin:election_desk", args=[draft.pk]))


def _needs_runoff(obj: Election) -> bool:
    done = obj.state in (S.COUNTED, S.CERTIFIED) and not obj.followed_by.exists()
    return done and bool(runoffs.runoffs_needed(obj))


def _fetch_copy(obj, actor, data, request) -> HttpResponse:
    file = obj.files.select_related("document").get(name=safekeeping.COPY)
    response = HttpResponse(read_bytes(file.document), content_type=file.document.media_type)
    response["Content-Disposition"] = f'attachment; filename="{file.document.file_name}"'
    return response


def _cancel(obj, actor, data, request) -> str:
    definition.cancel_election(election=obj, reason=data["reason"], actor=actor)
    return _now("Cancelled.")


def _definition_text(obj: Election) -> str:
    """Seats, rules and times in plain words, to be read aloud."""
    document = definition.build_definition(obj)
    lines = [
        f"{document['title']} · {document['opens']} – {document['closes']} ({document['zone']})",
        _now("Record date: %(day)s") % {"day": document["roll"]["record_date"]},
    ]
    if document.get("merged"):
        lines.append(
            _now(
                "One box for %(classes)s: a class of fewer than five voters has no majority of its own."
            )
            % {"classes": ", ".join(document["merged"])}
        )
    for contest in document["contests"]:
        names = ", ".join(option["name"] for option in contest["options"])
        rule = contest["rule"]
        params = ", ".join(f"{k} {v}" for k, v in contest["params"].items())
        head = _now("%(title)s: %(seats)s seat(s), rule %(rule)s") % {
            "title": contest["title"],
            "seats": contest["seats"],
            "rule": f"{rule} ({params})" if params else rule,
        }
        lines.append(f"{head}. {names}")
    return "\n".join(lines)


ALL = (
    Operation(
        "read-back", _("Read the definition back"), RUN, _read_back, _definition_text,
        forms.ReadBackForm, _in(S.DRAFT), primary=True,
    ),
    Operation(
        "freeze-roll", _("Freeze the roll"), RUN, _freeze,
        _("One entry for each member on the record date, in or out, with the reason."),
        None, _in(S.DEFINED), primary=True,
    ),
    Operation(
        "send-notices", _("Send the notice"), RUN, _mail(mailing.send_notices), "", None,
        _in(S.ROLLED, S.KEYED, S.REHEARSED),
    ),
    Operation(
        "hand-in-keys", _("Hand in keys.json"), RUN, _keys,
        _("The file the tellers made at the key ceremony. It holds no secret."),
        forms.JsonFileForm, _in(S.ROLLED), primary=True,
    ),
    Operation(
        "rehearsal-box", _("Download the box of test ballots"), RUN, _box, "", None, _in(S.KEYED),
    ),
    Operation(
        "hand-in-rehearsal", _("Hand in rehearsal.json"), RUN, _rehearsal,
        _("Without a rehearsal the election cannot be opened."),
        forms.JsonFileForm, _in(S.KEYED), primary=True,
    ),
    Operation("open", _("Open voting"), RUN, _open, "", None, _in(S.REHEARSED), primary=True),
    Operation(
        "send-links", _("Send voting links"), RUN, _mail(mailing.send_links),
        _("A repeat sends only links made since."), None, _in(S.OPEN), primary=True,
    ),
    Operation(
        "remind", _("Remind those who have not voted"), RUN,
        _mail(mailing.send_reminders, dated=True), "", None, _in(S.OPEN),
    ),
    Operation(
        "second-chance", _("Propose deputies where mail came back"), RUN, _second_chance,
        _("A second person approves; the deputy then gets a fresh link, the old one is revoked."),
        None, _in(S.OPEN),
    ),
    Operation(
        "correct", _("Propose a change of the roll"), RUN, _correct,
        _("A second person decides; the reason is part of the report."),
        forms.CorrectionForm, _in(*corrections.CORRECTABLE),
    ),
    Operation("close", _("Close voting"), RUN, _close, "", None, _in(S.OPEN)),
    Operation(
        "seal-box", _("Seal the box"), RUN, _seal,
        _("Writes the box file, publishes its hash and cuts the tie between voters and envelopes."),
        None, _in(S.CLOSED), primary=True,
    ),
    Operation(
        "count", _("Take in the clear ballots"), RUN, _count,
        _("The files the tellers wrote. They are counted here and by a second program."),
        forms.BallotFilesForm, _in(S.BOXED), primary=True,
    ),
    Operation(
        "certify", _("Certify the result"), CERTIFY, _certify,
        _("You sign the hashes of ballots and report as a teller."),
        None, _in(S.COUNTED), primary=True, reauthenticate=True,
    ),
    Operation(
        "send-results", _("Send the result"), RUN, _mail(mailing.send_results), "", None,
        _in(S.CERTIFIED),
    ),
    Operation(
        "run-off", _("Draft the run-off"), RUN, _runoff,
        _("A new definition on the same roll, with the two best of each contest without majority."),
        forms.CopyForm, _needs_runoff, primary=True,
    ),
    Operation(
        "fetch-copy", _("Fetch the locked copy of the box"), RUN, _fetch_copy, "", None,
        lambda obj: obj.state == S.OPEN and obj.files.filter(name=safekeeping.COPY).exists(),
    ),
    Operation(
        "copy", _("Copy as a new draft"), "governance.add_election", _copy,
        _("Contests, options, tellers and rules; not the roll, the keys or any vote."),
        forms.CopyForm, lambda obj: obj.state != S.DRAFT,
    ),
    Operation(
        "cancel", _("Cancel the election"), RUN, _cancel, "", forms.ReasonForm,
        lambda obj: obj.state not in (S.CERTIFIED, S.DESTROYED, S.CANCELLED), danger=True,
        reauthenticate=True,
    ),
)  # fmt: skip
