"""Votes by show of names, labelled as such: nothing about them is secret."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from governance.enums import Answer, OpenVoteState


class OpenVote(models.Model):
    """One motion on which members answer by name, in a meeting or in writing."""

    meeting = models.ForeignKey(
        "governance.Meeting",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="open_votes",
    )
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    held_on = models.DateField(_("day"))
    # "1/2", "3/4", "9/10" of the votes for and against; abstentions do not count.
    fraction = models.CharField(_("majority"), max_length=7, default="1/2")
    strict = models.BooleanField(_("more than the fraction"), default=True)
    state = models.CharField(
        _("state"), max_length=6, choices=OpenVoteState.choices, default=OpenVoteState.OPEN
    )
    report = models.JSONField(_("result"), null=True, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["report"])

    class Meta:
        verbose_name = _("vote by show of names")
        verbose_name_plural = _("votes by show of names")
        ordering = ["-held_on", "-id"]
        default_permissions = ("add", "change", "view")
        constraints = [
            state_constraint("governance_openvote_state_known", OpenVoteState),
            models.CheckConstraint(
                condition=models.Q(state="open") | models.Q(report__isnull=False),
                name="governance_openvote_counted_facts",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class NamedAnswer(models.Model):
    """How one member voted, by name."""

    vote = models.ForeignKey(OpenVote, on_delete=models.CASCADE, related_name="answers")
    organisation = models.ForeignKey(
        "contacts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    answer = models.CharField(_("answer"), max_length=7, choices=Answer.choices)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("answer by name")
        verbose_name_plural = _("answers by name")
        ordering = ["organisation__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["vote", "organisation"], name="governance_namedanswer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_answer_display()}"
