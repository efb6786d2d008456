"""Governance in the admin."""

from governance.admin import boards, elections, meetings, nominations

__all__ = ["boards", "elections", "meetings", "nominations"]
