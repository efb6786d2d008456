"""Codes of schedules and documents in the words that staff read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

#: Title of the folded plain fields under a page of its own.
ALL_FIELDS = _("All fields")

SCHEDULE_STATES = {
    "proposal": _("proposal"),
    "current": _("current"),
    "superseded": _("superseded"),
}
KINDS = {
    "fixed": _("One amount a year."),
    "tiers": _("Volume: the band decides the price of everything. The price of a band, or its unit "
               "price for all units."),
    "graduated": _("Graduated: each unit costs what its own band says; the price never falls when "
                   "usage grows."),
    "multiplier": _("The base times the factor of the band."),
    "country_group": _("The amount of the country's band."),
    "cap": _("Service fees of a consortium limited to rate × organisations; the rate of the band "
             "applies to all."),
    "registrations": _("A price per content type and vintage."),
    "exempt_countries": _("Nothing for members in these countries."),
    "percent": _("So many per cent off the named components."),
}  # fmt: skip
MEASURES = {
    "dois": _("DOIs"),
    "annual_revenue": _("Annual revenue"),
    "organisations": _("Organisations"),
}
PAYERS = {
    "self": _("the member itself"),
    "lead": _("the lead of the consortium, otherwise the member itself"),
    "sponsor": _("the sponsor, otherwise the member itself"),
}
FIRST_YEAR = {
    "prorate": _("its share of the year"),
    "estimate": _("its share of the year, by the estimate of the application"),
    "whole": _("the whole year"),
    "skip": _("nothing"),
}
PRORATIONS = {
    "month": _("months begun"),
    "quarter": _("quarters begun"),
    "day": _("days"),
    "none": _("not shared"),
}
TREATMENTS = {
    "domestic": _("taxed here"),
    "reverse_charge": _("reverse charge"),
    "third_country": _("buyer outside the EU"),
    "outside_scope": _("outside the scope of VAT"),
    "no_vat_system": _("no VAT"),
}
