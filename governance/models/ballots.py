"""Sealed ballots and the public board. Never here: a voter, a time, a history."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Envelope(models.Model):
    """A sealed ballot under the roll's pseudonym; a later one of the same voter replaces it."""

    pseudonym = models.UUIDField(primary_key=True)
    election = models.ForeignKey(
        "governance.Election", on_delete=models.PROTECT, related_name="envelopes"
    )
    box = models.CharField(max_length=40)
    ciphertext = models.BinaryField()
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("envelope")
        verbose_name_plural = _("envelopes")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["election", "hash"], name="governance_envelope_hash")
        ]

    def __str__(self) -> str:
        return self.hash[:16]


class BoardEntry(models.Model):
    """One receipt on the public board, in a chain that only grows."""

    election = models.ForeignKey(
        "governance.Election", on_delete=models.PROTECT, related_name="board"
    )
    sequence = models.PositiveIntegerField()
    envelope = models.CharField(max_length=64)
    head = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("board entry")
        verbose_name_plural = _("board")
        default_permissions = ()
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["election", "sequence"], name="governance_board_place"),
            models.UniqueConstraint(fields=["election", "envelope"], name="governance_board_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}"


class BoardHead(models.Model):
    """Head of the chain of one election; moved by a guarded update only."""

    election = models.OneToOneField(
        "governance.Election", on_delete=models.PROTECT, primary_key=True, related_name="board_head"
    )
    sequence = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("head of the board")
        verbose_name_plural = _("heads of the boards")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.sequence} {self.head[:16]}"
