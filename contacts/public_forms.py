"""Forms for people without an account: application, signature, withdrawal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput
from contacts.countries import countries, is_country
from contacts.enums import OrganisationType
from contacts.identifiers import check_identifier
from contacts.models import Agency, MemberType, RoleType

TEXT = {"autocomplete": "off"}


def local_label(row: RoleType | MemberType) -> str:
    """The label in the language of the page."""
    german = (get_language() or "").startswith("de")
    return (row.label_de if german else "") or row.label


class LocalChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj) -> str:
        return local_label(obj)


def _email(label: Any, *, required: bool = True, own: bool = False) -> forms.CharField:
    attrs = {"autocomplete": "email"} if own else TEXT
    return forms.CharField(
        label=label, max_length=254, required=required, widget=forms.EmailInput(attrs=attrs)
    )


def clean_address(value: str) -> str:
    try:
        return normalise_address(value)
    except BadInput as error:
        raise forms.ValidationError(
            _("This is no e-mail address that mail can be sent to.")
        ) from error


class OrganisationForm(forms.Form):
    """The organisation that applies."""

    member_type = LocalChoice(label=_("Kind of membership"), queryset=MemberType.objects.none())
    lead_name = forms.CharField(
        label=_("Consortium or sponsor"), max_length=400, required=False,
        help_text=_("Only if you join through one: its name."),
    )  # fmt: skip
    organisation_name = forms.CharField(
        label=_("Legal name of the organisation"), max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip
    parent_name = forms.CharField(
        label=_("Part of (parent organisation)"), max_length=400, required=False
    )
    organisation_type = forms.ChoiceField(
        label=_("What kind of organisation?"), required=False,
        choices=[("", "–"), *OrganisationType.choices],
    )  # fmt: skip
    for_profit = forms.BooleanField(label=_("The organisation works for profit"), required=False)
    website = forms.CharField(
        label=_("Web site"), max_length=500, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "url", "inputmode": "url"}),
    )  # fmt: skip
    ror_id = forms.CharField(
        label=_("ROR id"), max_length=40, required=False, help_text="https://ror.org/0…"
    )
    annual_revenue = forms.DecimalField(
        label=_("Annual revenue or expenses, whichever is higher"), required=False, min_value=0,
        max_digits=18, decimal_places=2,
        help_text=_("In the currency of our fees. It decides about the band of the fee."),
    )  # fmt: skip
    doi_estimate = forms.IntegerField(
        label=_("How many DOIs do you expect to register in the first year?"), required=False,
        min_value=0, max_value=2_000_000_000,
    )  # fmt: skip
    content_types = forms.CharField(
        label=_("Kinds of content"), max_length=300, required=False,
        help_text=_("For example: journal articles, books, data sets."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        types = MemberType.objects.exclude(code="developer")
        self.fields["member_type"].queryset = types  # type: ignore[attr-defined]
        agency = Agency.objects.first()
        if agency is None or agency.preset != "crossref":
            del self.fields["content_types"]

    def clean_website(self) -> str:
        value = self.cleaned_data["website"].strip()
        if value and not value.lower().startswith(("http://", "https://")):
            value = f"https://{value}"
        if value and ("." not in value or " " in value):
            raise forms.ValidationError(_("This is no address of a web site."))
        return value

    def clean_ror_id(self) -> str:
        value = self.cleaned_data["ror_id"].strip()
        try:
            return check_identifier("ror", value) if value else ""
        except BadInput as error:
            raise forms.ValidationError(
                _("This is no ROR id; look it up at ror.org or leave it empty.")
            ) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind = data.get("member_type")
        if kind is not None and kind.led_by and not data.get("lead_name"):
            self.add_error("lead_name", _("This kind of membership is through a lead: name it."))
        if data.get("for_profit") and data.get("annual_revenue") is None:
            self.add_error("annual_revenue", _("For-profit organisations state their revenue."))
        return data


class AddressForm(forms.Form):
    """Postal address, and the one for invoices when it is another."""

    street = forms.CharField(label=_("Street and number"), max_length=400)
    post_code = forms.CharField(label=_("Post code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120)
    state_code = forms.CharField(
        label=_("State or province"), max_length=10, required=False,
        help_text=_("Only in the United States, Canada, Australia and China: its short code."),
    )  # fmt: skip
    country = forms.ChoiceField(label=_("Country"))
    vat_id = forms.CharField(
        label=_("VAT id"), max_length=30, required=False,
        help_text=_("If you have one, with its country letters."),
    )  # fmt: skip
    tax_number = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    billing_recipient = forms.CharField(
        label=_("Invoices go to another address: name"), max_length=400, required=False,
        help_text=_("Leave these fields empty when invoices go to the address above."),
    )  # fmt: skip
    billing_street = forms.CharField(label=_("Street and number"), max_length=400, required=False)
    billing_post_code = forms.CharField(label=_("Post code"), max_length=20, required=False)
    billing_city = forms.CharField(label=_("City"), max_length=120, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        names = [("", "–"), *((code, row[0]) for code, row in countries().items())]
        self.fields["country"].choices = sorted(names, key=lambda item: item[1])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        country = data.get("country", "")
        if country in ("US", "CA", "AU", "CN") and not data.get("state_code"):
            self.add_error("state_code", _("Needed in this country."))
        if data.get("vat_id") and is_country(country):
            try:
                data["vat_id"] = check_identifier("vat", data["vat_id"], country=country)
            except BadInput:
                self.add_error("vat_id", _("This VAT id is not valid; its check digits differ."))
        if any(data.get(f"billing_{part}") for part in ("recipient", "street", "post_code")):
            for part in ("street", "city"):
                if not data.get(f"billing_{part}"):
                    self.add_error(f"billing_{part}", _("Needed for another billing address."))
        return data


class ApplicantForm(forms.Form):
    """The person who applies, and the terms."""

    applicant_given_name = forms.CharField(
        label=_("Given name"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )  # fmt: skip
    applicant_family_name = forms.CharField(
        label=_("Family name"), max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )  # fmt: skip
    applicant_position = forms.CharField(
        label=_("Position"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )  # fmt: skip
    applicant_email = _email(_("E-mail address"), own=True)
    effective_on = forms.DateField(
        label=_("Wished start"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    message = forms.CharField(
        label=_("Anything we should know"), max_length=5000, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    terms = forms.BooleanField(
        label=_("I have read the statutes and terms and accept them for the organisation"),
        error_messages={"required": _("Without this we cannot take the application.")},
    )
    told = forms.BooleanField(
        label=_("The people named above know that I pass their data on"),
        error_messages={"required": _("Please tell them first.")},
    )
    # A field that people do not see and programs fill in.
    homepage = forms.CharField(required=False)

    def clean_applicant_email(self) -> str:
        return clean_address(self.cleaned_data["applicant_email"])


class PersonForm(forms.Form):
    """Who holds one duty; empty: the person who applies."""

    given_name = forms.CharField(
        label=_("Given name"), max_length=200, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    family_name = forms.CharField(
        label=_("Family name"), max_length=200, required=False, widget=forms.TextInput(attrs=TEXT)
    )
    email = _email(_("E-mail address"), required=False)

    def clean_email(self) -> str:
        value = self.cleaned_data["email"]
        return clean_address(value) if value else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = data.get("given_name") or data.get("family_name")
        if named and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Give the address of this person."))
        return data


class SignForm(forms.Form):
    """The signature by name."""

    name = forms.CharField(
        label=_("Your full name"), max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    position = forms.CharField(
        label=_("Your position"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )  # fmt: skip
    entitled = forms.BooleanField(
        label=_("I may sign for the organisation, and sign this agreement"),
        error_messages={"required": _("Without this it is no signature.")},
    )
    sha256 = forms.CharField(widget=forms.HiddenInput)


class SuccessorForm(forms.Form):
    """Who takes a duty over."""

    given_name = forms.CharField(label=_("Given name"), max_length=200, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=200)
    email = _email(_("E-mail address"))

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])


class LineForm(forms.Form):
    """One duty in the yearly confirmation: right, or what has changed."""

    what = forms.ChoiceField(label=_("Is this right?"), required=False)
    given_name = forms.CharField(label=_("Given name"), max_length=200, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=200, required=False)
    email = _email(_("E-mail address"), required=False)

    def __init__(self, *args, held: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if held:
            self.fields["what"].choices = [  # type: ignore[attr-defined]
                ("", _("All right")),
                ("other", _("Somebody else now")),
                ("address", _("Same person, new address")),
                ("name", _("Same person, new name")),
                ("end", _("Nobody any more")),
            ]
        else:
            self.fields["what"].choices = [  # type: ignore[attr-defined]
                ("", _("Nobody, as before")),
                ("other", _("This person")),
            ]

    def clean_email(self) -> str:
        value = self.cleaned_data["email"]
        return clean_address(value) if value else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        what = data.get("what")
        if what in ("other", "address") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Give the address of this person."))
        if what in ("other", "name") and not (data.get("given_name") or data.get("family_name")):
            self.add_error("family_name", _("Give the name of this person."))
        filled = data.get("email") or data.get("given_name") or data.get("family_name")
        if filled and not what:
            self.add_error("what", _("Say what has changed."))
        return data
