"""The segment fields over the roll itself. Other apps add theirs through the wiring."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from backoffice.core.errors import BadInput
from backoffice.delivery.models import Delivery
from contacts.enums import FocusArea, OrganisationType, Region
from contacts.models import (
    Contact,
    Membership,
    MemberType,
    Organisation,
    OrganisationLink,
    RoleType,
    Tag,
)
from contacts.querysets import open_on
from mailings.enums import SubscriptionState
from mailings.models import Mailing, Subscription, Topic
from mailings.registry import SEGMENT_FIELDS, SegmentField

YES_NO = (("yes", _("yes")), ("no", _("no")))


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadInput(f"“{value[:20]}” is not a date; write 2026-12-31.") from None


def _yes(condition: Q, value: str) -> Q:
    return condition if value == "yes" else ~condition


def _at(organisations) -> Q:
    """Duty at one of these organisations."""
    return Q(organisation__in=organisations)


def _standing(value: str, on: date) -> Q:
    words = Organisation.objects.all()
    chosen = {
        "good": words.in_good_standing(on=on),
        "suspended": words.members(on=on).suspended(on=on),
        "member": words.members(on=on),
        "former": words.exclude(pk__in=words.members(on=on).values("pk")),
    }
    return _at(chosen.get(value, words.none()).values("pk"))


def _membership(**condition: object) -> Q:
    return Q(Exists(Membership.objects.filter(organisation=OuterRef("organisation"), **condition)))


def _of_type(value: str, on: date) -> Q:
    rows = Membership.objects.filter(open_on(on), organisation=OuterRef("organisation"))
    return Q(Exists(rows.filter(member_type__code=value)))


def _led_by(value: str, on: date) -> Q:
    links = OrganisationLink.objects.filter(open_on(on), organisation=OuterRef("organisation"))
    return Q(Exists(links.filter(lead__name=value))) | Q(organisation__name=value)


def _was_sent(value: str, on: date) -> Q:
    rows = Delivery.objects.filter(
        contact_ref=OuterRef("pk"), state__in=["sent", "delivered"], mailing_ref=int(value or 0)
    )
    return Q(Exists(rows))


def _subscribed(value: str, on: date) -> Q:
    rows = Subscription.objects.filter(
        contact=OuterRef("pk"), topic__code=value, state=SubscriptionState.ACTIVE
    )
    return Q(Exists(rows))


def _holder(value: str, on: date) -> Q:
    return Q(order=1) if value == "holder" else Q(order__gt=1)


STANDING = (
    ("good", _("in good standing")),
    ("suspended", _("suspended")),
    ("member", _("member, suspended or not")),
    ("former", _("not a member")),
)
DUTY = "duty"


def register_fields() -> None:
    """Fills the registry; called once by the wiring."""
    for name, field in {**_duty_fields(), **_person_fields()}.items():
        SEGMENT_FIELDS.add(name, field)


def _duty_fields() -> dict[str, SegmentField]:
    return {
        "duty": SegmentField(
            _("Duty"),
            lambda value, on: Q(role_type__code=value),
            DUTY,
            lambda: list(RoleType.objects.values_list("code", "label")),
        ),
        "duty_order": SegmentField(
            _("Holder or deputy"),
            _holder,
            DUTY,
            lambda: (("holder", _("holder")), ("deputy", _("deputy"))),
        ),
        "votes": SegmentField(
            _("Duty with a vote"),
            lambda value, on: _yes(Q(role_type__votes=True), value),
            DUTY,
            lambda: YES_NO,
        ),
        "standing": SegmentField(_("Organisation"), _standing, DUTY, lambda: STANDING),
        "member_type": SegmentField(
            _("Member type"),
            _of_type,
            DUTY,
            lambda: list(MemberType.objects.values_list("code", "label")),
        ),
        "member_since": SegmentField(
            _("Member from this day on"),
            lambda value, on: _membership(valid_from__gte=_day(value)),
            DUTY,
            kind="date",
        ),
        "member_ended": SegmentField(
            _("Membership ends by this day"),
            lambda value, on: _membership(valid_until__lte=_day(value)),
            DUTY,
            kind="date",
        ),
        "country": SegmentField(
            _("Country"), lambda value, on: Q(organisation__country=value.upper()), DUTY
        ),
        "region": SegmentField(
            _("Region"),
            lambda value, on: Q(organisation__region=value),
            DUTY,
            lambda: Region.choices,
        ),
        "organisation_type": SegmentField(
            _("Type of organisation"),
            lambda value, on: Q(organisation__organisation_type=value),
            DUTY,
            lambda: OrganisationType.choices,
        ),
        "focus_area": SegmentField(
            _("Focus area"),
            lambda value, on: Q(organisation__focus_area=value),
            DUTY,
            lambda: FocusArea.choices,
        ),
        "for_profit": SegmentField(
            _("For-profit"),
            lambda value, on: _yes(Q(organisation__for_profit=True), value),
            DUTY,
            lambda: YES_NO,
        ),
        "consortium": SegmentField(_("Consortium or sponsor (name of the lead)"), _led_by, DUTY),
        "revenue_from": SegmentField(
            _("Annual revenue from"),
            lambda value, on: Q(organisation__annual_revenue__gte=_number(value)),
            DUTY,
            kind="number",
        ),
        "organisation_tag": SegmentField(
            _("Tag of the organisation"),
            lambda value, on: _at(Organisation.objects.filter(tags__name=value).values("pk")),
            DUTY,
            lambda: [(name, name) for name in Tag.objects.values_list("name", flat=True)],
        ),
    }


def _number(value: str) -> int:
    if not value.isdigit():
        raise BadInput(f"“{value[:20]}” is not a whole number.")
    return int(value)


def _person_fields() -> dict[str, SegmentField]:
    return {
        "language": SegmentField(
            _("Language"),
            lambda value, on: Q(language=value),
            choices=lambda: (("en-gb", "English"), ("de", "Deutsch")),
        ),
        "topic": SegmentField(
            _("Subscribed to"),
            _subscribed,
            choices=lambda: list(Topic.objects.values_list("code", "name")),
        ),
        "tag": SegmentField(
            _("Tag of the person"),
            lambda value, on: Q(pk__in=Contact.objects.filter(tags__name=value).values("pk")),
            choices=lambda: [(name, name) for name in Tag.objects.values_list("name", flat=True)],
        ),
        "was_sent": SegmentField(
            _("Was sent"),
            _was_sent,
            choices=lambda: [
                (str(pk), name)
                for pk, name in Mailing.objects.exclude(started_at=None).values_list("pk", "name")
            ],
        ),
        "since": SegmentField(
            _("Known since"),
            lambda value, on: Q(created_at__date__gte=_day(value)),
            kind="date",
        ),
    }
