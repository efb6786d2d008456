"""Records that an applicant may be already: a hint for staff, never a decision."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice.core.addresses import domain_of
from backoffice.core.texts import fold
from contacts.models import Identifier, MembershipApplication, Organisation, OtherName

SHOWN = 10
# Providers of mail boxes say nothing about an organisation.
FREE_MAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com yahoo.com web.de gmx.de gmx.net icloud.com "
    "qq.com 163.com protonmail.com proton.me mail.ru".split()
)


@dataclass(frozen=True)
class Resemblance:
    organisation: Organisation
    why: tuple[str, ...]


def host_of(website: str) -> str:
    return website.split("//")[-1].split("/")[0].split(":")[0].lower().removeprefix("www.")


def resembling(application: MembershipApplication) -> list[Resemblance]:
    """Organisations that share an identifier, a name or a domain with the applicant."""
    reasons: dict[int, list[str]] = {}

    def note(ids, why: str) -> None:
        for pk in ids:
            reasons.setdefault(pk, []).append(why)

    values = [value for value in (application.ror_id, application.vat_id) if value]
    note(
        Identifier.objects.filter(value__in=values).values_list("organisation", flat=True)[:SHOWN],
        _("same identifier"),
    )
    name = fold(application.organisation_name)
    same = Organisation.objects.filter(Q(name_folded=name) | Q(name_folded__startswith=f"{name} "))
    note(same.values_list("pk", flat=True)[:SHOWN], _("same name"))
    other = OtherName.objects.filter(name_folded=name)
    note(other.values_list("organisation", flat=True)[:SHOWN], _("another name is the same"))
    for domain in _domains(application):
        sites = Organisation.objects.filter(
            Q(website__icontains=f"//{domain}") | Q(website__icontains=f".{domain}")
        )
        note(sites.values_list("pk", flat=True)[:SHOWN], _("same domain: %(d)s") % {"d": domain})
    reasons.pop(application.organisation_id or 0, None)
    found = Organisation.objects.current().in_bulk(list(reasons))
    return [Resemblance(found[pk], tuple(why)) for pk, why in reasons.items() if pk in found][
        :SHOWN
    ]


def _domains(application: MembershipApplication) -> list[str]:
    found = {host_of(application.website)} if application.website else set()
    if application.applicant_email:
        found.add(domain_of(application.applicant_email))
    return sorted(found - FREE_MAIL - {""})


def earlier_applications(application: MembershipApplication):
    """Other applications under the same name or from the same address, newest first."""
    same = Q(organisation_name__iexact=application.organisation_name)
    if application.applicant_email:
        same |= Q(applicant_email=application.applicant_email)
    return MembershipApplication.objects.filter(same).exclude(pk=application.pk)[:SHOWN]
