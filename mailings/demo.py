"""Demo data of the mailings: subscribers, a newsletter that went out, a draft to the voters."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from backoffice.core.surfaces import DemoContext
from contacts.models import ContactAddress
from mailings.enums import SubscriptionState
from mailings.models import Mailing, Segment, Series, SeriesStep, Subscription, Topic
from mailings.services.opt_in import add_subscription
from mailings.services.sending import plan_mailing, start_mailing

LETTER = """{{ greeting }}

welcome to this month’s letter.

## New this month

- **Usage reports** now show the last thirteen months.
- The fee schedule for next year has been published.
- The next *open hour* is on the first Wednesday of the month.

::: box
Do you hold a duty for your organisation? Please check once a year that we have the right address.
:::

[[button: Read the full letter | https://meridian.example/letter]]
"""
CALL = """{{ greeting }}

the general assembly meets soon, and {{ organisations }} has a vote.

[[button: Agenda and papers | https://meridian.example/assembly]]

If you cannot take part, please name a deputy in time.
"""
WELCOME = (
    (0, "Welcome", "{{ greeting }}\n\nwelcome. Here is where to find help at {{ organisations }}."),
    (7, "Your first week", "{{ greeting }}\n\nthree things that other new members found useful."),
)


def load_mailings(context: DemoContext) -> None:
    """Repeatable: a second run finds everything there."""
    if Mailing.objects.exists():
        return
    at = datetime.combine(context.today - timedelta(days=3), time(9, 0), tzinfo=UTC)
    newsletter = Topic.objects.get(code="newsletter")
    addresses = ContactAddress.objects.filter(valid_until=None, address__isnull=False)
    for address in addresses.order_by("pk")[:120]:
        if context.random.random() < 0.6:
            add_subscription(
                topic=newsletter, address=address.address or "", reason="demo", actor=context.actor,
                at=at, language=address.contact.language,
            )  # fmt: skip
    letter = Mailing.objects.create(
        name="Newsletter", mail_class="community", topic=newsletter,
        subject="News of the month", body=LETTER,
    )  # fmt: skip
    if Subscription.objects.filter(topic=newsletter, state=SubscriptionState.ACTIVE).exists():
        start_mailing(mailing=letter, actor=context.actor, at=at, on=context.today)
        plan_mailing(mailing=letter, actor=context.actor, at=at)
    Mailing.objects.create(
        name="Call for the assembly", mail_class="governance",
        segment=Segment.objects.get(name="Voting contacts in good standing"),
        subject="Invitation to the general assembly", body=CALL,
    )  # fmt: skip
    series, _new = Series.objects.get_or_create(
        name="Onboarding of technical contacts",
        defaults={
            "entry": Segment.objects.get(name="Technical contacts of members"),
            "active": False,
        },
    )
    for position, (days, subject, body) in enumerate(WELCOME, 1):
        SeriesStep.objects.get_or_create(
            series=series, position=position,
            defaults={"days_after": days, "subject": subject, "body": body},
        )  # fmt: skip
