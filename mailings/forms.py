"""Forms of the staff pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import OperationForm
from backoffice.core.errors import RollcallError
from backoffice.delivery.enums import MailClass
from contacts.models import Organisation
from mailings.models import Mailing
from mailings.services.notice import unreached_members

LANGUAGES = [("en-gb", _("English")), ("de", _("German"))]


class TestSendForm(OperationForm):
    __test__ = False  # not a test case, whatever its name begins with
    address = forms.EmailField(label=_("To"))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)


class StartForm(OperationForm):
    """Asks for an acknowledgement when voting members would not be reached, and names them."""

    takes_object = True
    unreached = forms.TypedChoiceField(
        label=_("Voting members without a contact that can be reached"), coerce=int, required=True
    )

    def __init__(self, *args: Any, obj: Mailing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = self.members(obj)
        if not members:
            del self.fields["unreached"]
            return
        field = self.fields["unreached"]
        field.help_text = ", ".join(str(member) for member in members[:40])
        choices = [("", "–"), (len(members), _("I have seen these %(n)s") % {"n": len(members)})]
        field.choices = field.widget.choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def members(mailing: Mailing) -> list[Organisation]:
        """Nobody for anything but a mailing to the voters; a broken segment is said elsewhere."""
        if mailing.mail_class != MailClass.GOVERNANCE or mailing.topic is not None:
            return []
        try:
            return list(unreached_members(mailing, on=dates.today()))
        except RollcallError:
            return []
