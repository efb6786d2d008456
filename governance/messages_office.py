"""Mail to tellers, to candidates who are asked, and of meetings; built at hand-off."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from backoffice.core.services.documents import read_bytes
from backoffice.delivery.letters import Letter, as_message, being_handed_over
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Attachment, Message, MessageKind
from governance.messages import in_language, title_of, when
from governance.models import BoardHead, Election, ElectionFile, Meeting, Nomination
from governance.services.minutes import approval, minutes_token
from governance.services.proposals import answer_token
from governance.services.safekeeping import COPY
from governance.wording import as_html

DUMMY = "0" * 22


def _number(delivery: Delivery) -> int:
    return int(delivery.about.rpartition(":")[2])


def board_head(delivery: Delivery) -> Letter:
    """For tellers: the head of the board that day, to compare with the public page."""
    election = Election.objects.get(pk=int(delivery.about.rpartition(":")[2]))
    head = BoardHead.objects.get(election=election)
    return Letter(
        subject=_("Head of the board: %(title)s")
        % {"title": title_of(election, delivery.language)},
        greeting=_("Dear colleague,"),
        paragraphs=(_("keep this message: it shows that no receipt has vanished since."),),
        facts=((_("Receipts"), str(head.sequence)), (_("Head of the board"), head.head)),
        link=settings.ROLLCALL_BASE_URL + reverse("governance:board", args=[election.slug]),
        link_label=_("All receipts"),
        why=_("You receive this because you are a teller of this election."),
    )


def meeting_call(delivery: Delivery) -> Letter:
    meeting = Meeting.objects.prefetch_related("agenda").get(
        pk=int(delivery.about.rpartition(":")[2])
    )
    agenda = tuple(f"{item.position}. {item.title}" for item in meeting.agenda.all())
    return Letter(
        subject=_("Call to %(meeting)s") % {"meeting": meeting.title},
        greeting=_("Dear colleague,"),
        paragraphs=(
            _("you are called to %(meeting)s.") % {"meeting": meeting.title},
            _("Agenda:") + "\n" + "\n".join(agenda),
        ),
        facts=((_("Begins"), when(meeting.starts_at)), (_("Place"), meeting.place)),
        why=_("You receive this because you are the voting contact of a member."),
    )


def safe_copy(delivery: Delivery, secret: Callable[[str], str]) -> Message:
    """For tellers: the locked copy of the box that they keep away from the server."""
    election = Election.objects.get(pk=_number(delivery))
    files = ElectionFile.objects.filter(election=election, name=COPY)
    file = files.select_related("document").first()
    attached: tuple[Attachment, ...] = ()
    if file is not None and being_handed_over(delivery):
        kept = file.document
        attached = (Attachment(kept.file_name, kept.media_type, read_bytes(kept)),)
    with override(delivery.language):
        letter = _copy_letter(title_of(election, delivery.language), file.sha256 if file else "")
        return as_message(letter, attachments=attached)


def _copy_letter(title: str, digest: str) -> Letter:
    return Letter(
        subject=_("Copy of the box: %(title)s") % {"title": title},
        greeting=_("Dear colleague,"),
        paragraphs=(
            _(
                "keep the attached file until the result is certified, then delete it. It is locked: "
                "neither you nor anyone who reads this mail can open it. If the server is lost, the "
                "election office asks you for the newest one."
            ),
        ),
        facts=((_("Hash of the file"), digest),),
        why=_("You receive this because you are a teller of this election."),
    )


def candidate_asked(delivery: Delivery) -> Letter:
    nomination = Nomination.objects.select_related(
        "contest__election", "organisation", "contact", "proposed_by"
    ).get(pk=_number(delivery))
    election = nomination.contest.election
    token = answer_token(nomination) if being_handed_over(delivery) else DUMMY
    name = str(nomination) if nomination.contact or nomination.named else ""
    return Letter(
        subject=_("You are proposed as a candidate: %(title)s")
        % {"title": title_of(election, delivery.language)},
        greeting=_("Dear %(name)s,") % {"name": name} if name else _("Dear colleague,"),
        paragraphs=(
            _("you are proposed for “%(office)s”, for the member %(member)s.")
            % {"office": nomination.contest.title, "member": nomination.organisation},
            _("Say yes or no by the link. If you say no, or nothing, your name is not used."),
        ),
        facts=(
            (
                _("Answer until"),
                date_format(election.nominations_until) if election.nominations_until else "",
            ),
        ),
        link=settings.ROLLCALL_BASE_URL
        + reverse("governance:candidature", args=[nomination.pk, token]),
        link_label=_("Answer"),
        why=_("You receive this because somebody proposed you in a call for nominations."),
    )


def minutes(delivery: Delivery) -> Letter:
    meeting = Meeting.objects.select_related("minutes").get(pk=_number(delivery))
    token = minutes_token(meeting) if being_handed_over(delivery) else DUMMY
    last_day = approval(meeting, on=meeting.starts_at.date()).last_day
    text = meeting.minutes.text
    return Letter(
        subject=_("Minutes: %(meeting)s") % {"meeting": meeting.title},
        greeting=_("Dear colleague,"),
        paragraphs=(
            _(
                "these are the minutes of %(meeting)s. They count as approved unless a member objects."
            )
            % {"meeting": meeting.title},
            text,
        ),
        body_html=as_html(text),
        facts=(
            (_("Signed by"), meeting.minutes.signed_by),
            (_("Objections until"), date_format(last_day) if last_day else ""),
        ),
        link=settings.ROLLCALL_BASE_URL + reverse("governance:minutes", args=[meeting.pk, token]),
        link_label=_("Minutes and objections"),
        why=_("You receive this because you are the voting contact of a member."),
    )


OFFICE_KINDS: dict[str, MessageKind] = {
    "governance.board_head": MessageKind(
        in_language(board_head), title=gettext_lazy("Head of the ballot board")
    ),
    "governance.safe_copy": MessageKind(safe_copy, title=gettext_lazy("Locked copy of a box")),
    "governance.candidate_asked": MessageKind(
        in_language(candidate_asked), title=gettext_lazy("Question to a candidate")
    ),
    "governance.meeting_call": MessageKind(
        in_language(meeting_call), title=gettext_lazy("Call of a meeting")
    ),
    "governance.minutes": MessageKind(in_language(minutes), title=gettext_lazy("Minutes")),
}
