"""Rules of sign-in that allauth leaves to the project."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Logins are made by staff or by a contact's mailed code, never by signing up."""
        return False
