"""Words of the sync: systems, and what is known of one record over there."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class System(TextChoices):
    SALESFORCE = "salesforce", _("Salesforce")
    REGISTRY = "registry", _("Registry")


class SyncState(TextChoices):
    IN_STEP = "in_step", _("In step")
    # The other side refused it; nothing is sent again before our record or a person changes that.
    REFUSED = "refused", _("Refused")
    # The other side was changed by somebody else; ours is sent again.
    DRIFTED = "drifted", _("Changed over there")
    GONE = "gone", _("Ended over there")


S = SyncState
SYNC_TRANSITIONS: dict[str, frozenset[str]] = {
    S.IN_STEP: frozenset({S.REFUSED, S.DRIFTED, S.GONE}),
    S.REFUSED: frozenset({S.IN_STEP, S.GONE}),
    S.DRIFTED: frozenset({S.IN_STEP, S.REFUSED, S.GONE}),
    # Somebody takes up a duty again.
    S.GONE: frozenset({S.IN_STEP, S.REFUSED}),
}
