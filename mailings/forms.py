"""Forms of the staff pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm

LANGUAGES = [("en-gb", _("English")), ("de", _("German"))]


class TestSendForm(OperationForm):
    __test__ = False  # not a test case, whatever its name begins with
    address = forms.EmailField(label=_("To"))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
