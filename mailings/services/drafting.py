"""Writing a draft: two windows never overwrite each other, and a change voids the approval."""

from __future__ import annotations

from collections.abc import Iterable

from backoffice.core.actor import Actor
from backoffice.core.transitions import guarded_update
from mailings.enums import MailingState
from mailings.models import Mailing

EDITABLE = (MailingState.DRAFT, MailingState.APPROVED)


def save_draft(*, mailing: Mailing, fields: Iterable[str], version: int, actor: Actor) -> Mailing:
    """Stores the changed fields as a new version, if nobody else saved or started it since
    ``version``. An approval is void then.

    Raises: InvalidTransition; nothing is written.
    """
    changed = {name: getattr(mailing, name) for name in fields}
    if not changed:
        return mailing
    return guarded_update(
        mailing,
        expect={"version": version, "state__in": EDITABLE},
        set={
            **changed,
            "state": MailingState.DRAFT,
            "approved_by": None,
            "edited_by_id": actor.user_id,
            "version": version + 1,
        },
        actor=actor,
    )
