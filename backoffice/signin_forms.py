"""Forms of sign-in that differ from allauth's."""

from __future__ import annotations

from allauth.account.forms import RequestLoginCodeForm

from backoffice.signin import ensure_contact_login


class ContactCodeForm(RequestLoginCodeForm):
    """A contact signs in with a mailed code: the login is made when the address is on the roll.

    The answer is the same whether or not the address is known.
    """

    def clean_email(self):
        address = self.cleaned_data.get("email", "")
        ensure_contact_login(address)
        return super().clean_email()
