"""Queryset words of the roll: one definition per word."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from contacts.search import contact_sources, organisation_sources, united


def open_on(on: date, prefix: str = "") -> Q:
    """Rows whose half-open span ``[valid_from, valid_until)`` holds the day."""
    return Q(**{f"{prefix}valid_from__lte": on}) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gt": on})
    )


class DatedQuerySet(models.QuerySet):
    def open(self, *, on: date):
        """Rows valid on that day."""
        return self.filter(open_on(on))

    def not_ended(self):
        """Rows without an end."""
        return self.filter(valid_until__isnull=True)


class OrganisationQuerySet(models.QuerySet):
    def current(self):
        """Organisations that are not archived or merged away."""
        return self.filter(archived_on__isnull=True)

    def members(self, *, on: date):
        """Organisations with a membership period open on that day, suspended or not."""
        from contacts.models import Membership

        return self.filter(
            Exists(Membership.objects.open(on=on).filter(organisation=OuterRef("pk")))
        )

    def suspended(self, *, on: date):
        """Organisations with a suspension on that day, their own or one that flows from the
        lead of their consortium or from their sponsor."""
        from contacts.models import OrganisationLink, Suspension

        own = Suspension.objects.open(on=on).filter(organisation=OuterRef("pk"))
        of_lead = Suspension.objects.open(on=on).filter(
            flows_down=True, organisation=OuterRef("lead")
        )
        links = OrganisationLink.objects.open(on=on).filter(organisation=OuterRef("pk"))
        return self.filter(Exists(own) | Exists(links.filter(Exists(of_lead))))

    def in_good_standing(self, *, on: date):
        """Members with an open period and no suspension on that day. Debt counts only through a
        dated suspension."""
        return self.members(on=on).exclude(
            pk__in=type(self)(self.model).suspended(on=on).values("pk")
        )

    def voting(self, *, on: date):
        """Members in good standing whose member type has a vote."""
        from contacts.models import Membership

        return self.in_good_standing(on=on).filter(
            Exists(
                Membership.objects.open(on=on).filter(
                    organisation=OuterRef("pk"), member_type__votes=True
                )
            )
        )

    def of_type(self, *codes: str, on: date):
        from contacts.models import Membership

        return self.filter(
            Exists(
                Membership.objects.open(on=on).filter(
                    organisation=OuterRef("pk"), member_type__code__in=codes
                )
            )
        )

    def with_standing(self, *, on: date):
        """Each with ``membership_type`` (label, empty for none) and ``standing`` (good, suspended or
        none) on that day."""
        from contacts.models import Membership

        period = Membership.objects.open(on=on).filter(organisation=OuterRef("pk"))
        plain = type(self)(self.model)
        return self.annotate(
            membership_type=Coalesce(
                Subquery(period.order_by("-valid_from").values("member_type__label")[:1]), Value("")
            ),
            standing=Case(
                When(~Exists(period), then=Value("none")),
                When(pk__in=plain.suspended(on=on).values("pk"), then=Value("suspended")),
                default=Value("good"),
            ),
        )

    def matching(self, text: str):
        """Search by name, other name, identifier, address or another app's number; any case, with or
        without marks, words in any order."""
        return self.filter(pk__in=united(organisation_sources(text)))


class ContactQuerySet(models.QuerySet):
    def living(self):
        """Contacts that are not erased."""
        return self.filter(erased_at__isnull=True)

    def mailable(self):
        """Not erased, not restricted (Art. 18)."""
        return self.living().filter(restricted_at__isnull=True)

    def exportable(self):
        """Neither removed, merged nor restricted (Art. 18), with ``current_address``."""
        from contacts.models import ContactAddress

        address = ContactAddress.objects.filter(
            contact=OuterRef("pk"), primary=True, valid_until__isnull=True
        ).values("address")[:1]
        return (
            self.mailable()
            .filter(merged_into__isnull=True)
            .annotate(current_address=Subquery(address))
        )

    def matching(self, text: str):
        """Search by name, address (also a former one) or registry uid."""
        return self.filter(pk__in=united(contact_sources(text)))
