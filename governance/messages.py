"""Election mail, built at hand-off in the voter's language. No ballot content ever passes here."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from backoffice.delivery.letters import Letter, as_message, being_handed_over
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Message, MessageKind
from governance.models import Election, Envelope, RollEntry
from governance.sealing.keys import receipt_text
from governance.secrets import signer_of, voting_token

DUMMY = "0" * 43


def _entry(delivery: Delivery) -> RollEntry:
    pk = int(delivery.about.rpartition(":")[2])
    return RollEntry.objects.select_related("election", "organisation", "contact").get(pk=pk)


def when(moment) -> str:
    """An instant in the agency's time zone with the zone's name."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')} ({timezone.get_current_timezone_name()})"


def in_language(build: Callable[[Delivery], Letter]) -> Callable[..., Message]:
    """What the engine calls at hand-off, in the language of the delivery."""

    def built(delivery: Delivery, secret: Callable[[str], str]) -> Message:
        with override(delivery.language):
            return as_message(build(delivery))

    return built


def times(election: Election) -> dict[str, str]:
    """Opening, close and zone as pages show them."""
    shown = [
        date_format(timezone.localtime(moment), "DATETIME_FORMAT")
        for moment in (election.opens_at, election.closes_at)
    ]
    return {"opens": shown[0], "closes": shown[1], "zone": timezone.get_current_timezone_name()}


def title_of(election: Election, language: str) -> str:
    return election.title_de if language == "de" and election.title_de else election.title


def ballot_address(election: Election) -> str:
    """The ballot page, the same for everyone."""
    return settings.ROLLCALL_BASE_URL + reverse("governance:ballot", args=[election.slug])


def _link(delivery: Delivery, entry: RollEntry) -> str:
    """The voter's link. Anything but a message being handed over gets a link that opens nothing."""
    token = voting_token(entry.election, entry) if being_handed_over(delivery) else DUMMY
    return f"{ballot_address(entry.election)}#t={token}"


def _greeting(entry: RollEntry) -> str:
    name = entry.contact.full_name if entry.contact else ""
    return _("Dear %(name)s,") % {"name": name} if name else _("Dear colleague,")


def _why(entry: RollEntry) -> str:
    return _("You receive this because you are the voting contact of %(member)s.") % {
        "member": entry.organisation
    }


def _facts(entry: RollEntry) -> tuple[tuple[str, str], ...]:
    return (
        (_("Votes for"), str(entry.organisation)),
        (_("Voting opens"), when(entry.election.opens_at)),
        (_("Voting closes"), when(entry.election.closes_at)),
    )


def ballot_link(delivery: Delivery) -> Letter:
    entry = _entry(delivery)
    title = title_of(entry.election, delivery.language)
    return Letter(
        subject=_("Your vote: %(title)s") % {"title": title},
        greeting=_greeting(entry),
        paragraphs=(
            _("you are asked to vote in “%(title)s”.") % {"title": title},
            _(
                "Your ballot is sealed in your browser before it is sent. You may vote again until "
                "the close; the last ballot counts. Do not pass this link on: it votes for you."
            ),
        ),
        facts=_facts(entry),
        link=_link(delivery, entry),
        link_label=_("Open your ballot"),
        why=_why(entry),
    )


def reminder(delivery: Delivery) -> Letter:
    entry = _entry(delivery)
    title = title_of(entry.election, delivery.language)
    return Letter(
        subject=_("Reminder: %(title)s closes soon") % {"title": title},
        greeting=_greeting(entry),
        paragraphs=(
            _("no ballot of %(member)s is in the box of “%(title)s” yet.")
            % {"member": entry.organisation, "title": title},
        ),
        facts=_facts(entry),
        link=_link(delivery, entry),
        link_label=_("Open your ballot"),
        why=_why(entry),
    )


def receipt(delivery: Delivery) -> Letter:
    entry = _entry(delivery)
    election = entry.election
    envelope = delivery.dedupe_key.rpartition(":")[2] if delivery.dedupe_key else ""
    known = Envelope.objects.filter(election=election, hash=envelope).exists()
    signature = ""
    if known or election.board.filter(envelope=envelope).exists():
        text = receipt_text(envelope, election.definition_id)
        signature = signer_of(election).sign(text).signature.hex()
    check = settings.ROLLCALL_BASE_URL + reverse("governance:check", args=[election.slug])
    return Letter(
        subject=_("Receipt for your vote: %(title)s")
        % {"title": title_of(election, delivery.language)},
        greeting=_greeting(entry),
        paragraphs=(
            _(
                "your sealed ballot was put into the box. This receipt says nothing about its content."
            ),
            _("If you did not vote, tell the election office at once."),
        ),
        facts=(
            (_("Votes for"), str(entry.organisation)),
            (_("Election"), election.definition_id),
            (_("Receipt"), envelope),
            (_("Signature"), signature),
        ),
        link=f"{check}?receipt={envelope}",
        link_label=_("Check your receipt"),
        why=_why(entry),
    )


def notice(delivery: Delivery) -> Letter:
    entry = _entry(delivery)
    title = title_of(entry.election, delivery.language)
    return Letter(
        subject=_("Notice of election: %(title)s") % {"title": title},
        greeting=_greeting(entry),
        paragraphs=(
            _("this is the notice of “%(title)s”. Your voting link follows when voting opens.")
            % {"title": title},
        ),
        facts=(*_facts(entry), (_("Roll hash"), entry.election.roll_root)),
        link=settings.ROLLCALL_BASE_URL
        + reverse("governance:election", args=[entry.election.slug]),
        link_label=_("What is voted on"),
        why=_why(entry),
    )


def result(delivery: Delivery) -> Letter:
    entry = _entry(delivery)
    title = title_of(entry.election, delivery.language)
    return Letter(
        subject=_("Result: %(title)s") % {"title": title},
        greeting=_greeting(entry),
        paragraphs=(_("the result of “%(title)s” is certified.") % {"title": title},),
        link=settings.ROLLCALL_BASE_URL + reverse("governance:result", args=[entry.election.slug]),
        link_label=_("See the result"),
        why=_why(entry),
    )


VOTER_KINDS: dict[str, MessageKind] = {
    "governance.ballot_link": MessageKind(
        in_language(ballot_link), title=gettext_lazy("Ballot link")
    ),
    "governance.reminder": MessageKind(
        in_language(reminder), title=gettext_lazy("Reminder to vote")
    ),
    "governance.receipt": MessageKind(
        in_language(receipt), title=gettext_lazy("Receipt of a vote")
    ),
    "governance.notice": MessageKind(
        in_language(notice), title=gettext_lazy("Notice of an election")
    ),
    "governance.result": MessageKind(
        in_language(result), title=gettext_lazy("Result of an election")
    ),
}
