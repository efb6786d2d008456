"""Every kind of mail that governance sends."""

from __future__ import annotations

from backoffice.delivery.registry import MessageKind
from governance.messages import VOTER_KINDS
from governance.messages_office import OFFICE_KINDS

KINDS: dict[str, MessageKind] = {**VOTER_KINDS, **OFFICE_KINDS}
