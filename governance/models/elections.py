"""An election: what is voted on, its keys and tellers, its published files, its certification."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from governance.enums import (
    ClassRule,
    ElectionKind,
    ElectionState,
    OptionOrder,
    Publication,
)
from governance.querysets import ElectionQuerySet


class Election(models.Model):  # type: ignore[django-manager-missing]
    """``definition`` is empty in the draft and never changes once it is there."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_de = models.CharField(_("title in German"), max_length=200, blank=True)
    kind = models.CharField(
        _("kind"), max_length=4, choices=ElectionKind.choices, default=ElectionKind.REAL
    )
    body = models.ForeignKey(
        "governance.Body", null=True, blank=True, on_delete=models.PROTECT, related_name="elections"
    )
    meeting = models.ForeignKey(
        "governance.Meeting",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="elections",
    )
    # A run-off follows the election whose roll it takes over.
    previous = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    opens_at = models.DateTimeField(_("voting opens"))
    closes_at = models.DateTimeField(_("voting closes"))
    record_date = models.DateField(_("record date"))
    class_rule = models.CharField(
        _("boxes"), max_length=10, choices=ClassRule.choices, default=ClassRule.NONE
    )
    codes = models.BooleanField(
        _("code on each ballot"),
        default=True,
        help_text=_("Each voter can find the own ballot in the published list."),
    )
    # Crossref's form: the paper instructs a proxy holder who votes in the meeting.
    proxy = models.BooleanField(
        _("electronic proxy"),
        default=False,
        help_text=_("The paper instructs a proxy holder who votes accordingly in the meeting."),
    )
    publication = models.CharField(
        _("publish"), max_length=10, choices=Publication.choices, default=Publication.FULL
    )
    threshold = models.PositiveSmallIntegerField(_("shares needed to open"), default=2)
    shares = models.PositiveSmallIntegerField(_("shares handed out"), default=3)
    # Last day on which members may nominate; empty: no call.
    nominations_until = models.DateField(_("nominations until"), null=True, blank=True)
    objection_days = models.PositiveSmallIntegerField(_("days for objections"), default=28)
    state = models.CharField(
        _("state"), max_length=10, choices=ElectionState.choices, default=ElectionState.DRAFT
    )

    definition = models.JSONField(_("definition"), null=True, blank=True, editable=False)
    definition_id = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    roll_root = models.CharField(max_length=64, blank=True, editable=False)
    public_key = models.CharField(max_length=64, blank=True, editable=False)
    rehearsal_expected = models.CharField(max_length=64, blank=True, editable=False)
    rehearsed_hash = models.CharField(max_length=64, blank=True, editable=False)
    page_hash = models.CharField(max_length=64, blank=True, editable=False)
    # Seed of lots, drawn in public after close; hexadecimal.
    lot_seed = models.CharField(_("seed for lots"), max_length=128, blank=True, editable=False)
    # Ballots sealed by the server because the voter's browser ran no script. A number, no voters.
    plain_casts = models.PositiveIntegerField(default=0, editable=False)
    report = models.JSONField(_("report"), null=True, blank=True, editable=False)
    second_engine = models.CharField(max_length=20, blank=True, editable=False)
    certified_on = models.DateField(null=True, blank=True, editable=False)
    destroy_after = models.DateField(null=True, blank=True, editable=False)
    destroyed_on = models.DateField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )

    history = HistoricalRecords(excluded_fields=["definition", "report", "plain_casts"])
    objects = ElectionQuerySet.as_manager()  # type: ignore[django-manager-missing]

    class Meta:
        verbose_name = _("election")
        verbose_name_plural = _("elections")
        ordering = ["-opens_at"]
        default_permissions = ("add", "change", "view")
        permissions = [
            ("run_election", _("Can move an election on")),
            ("approve_roll", _("Can approve a change of the roll")),
            ("certify_election", _("Can certify as a teller")),
            ("observe_election", _("Can observe elections")),
        ]
        constraints = [
            state_constraint("governance_election_state_known", ElectionState),
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")),
                name="governance_election_span",
            ),
            models.CheckConstraint(
                condition=models.Q(threshold__gte=2, shares__gt=models.F("threshold")),
                name="governance_election_shares_to_lose",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "cancelled"]) | ~models.Q(definition_id=""),
                name="governance_election_defined_facts",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "defined", "rolled", "cancelled"])
                | ~models.Q(public_key=""),
                name="governance_election_keyed_facts",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "defined", "rolled", "keyed", "cancelled"])
                | ~models.Q(rehearsed_hash=""),
                name="governance_election_rehearsed_facts",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stream(self) -> str:
        """Name of this election's audit chain."""
        return f"election:{self.pk}"

    @property
    def boxes(self) -> list[str]:
        """Names of the boxes the ballots are sealed for: as fixed, in a draft as wished for."""
        if self.definition:
            return list(self.definition["boxes"])
        if self.class_rule == ClassRule.PROFIT:
            return ["for-profit", "non-profit"]
        return ["all"]


class Contest(models.Model):
    """One question on the paper. Only drafts have contests that can change."""

    election = models.ForeignKey(Election, on_delete=models.CASCADE, related_name="contests")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    title_de = models.CharField(_("title in German"), max_length=200, blank=True)
    text = models.TextField(_("text on the paper"), blank=True)
    text_de = models.TextField(_("text in German"), blank=True)
    rule = models.CharField(_("rule"), max_length=40)
    seats = models.PositiveSmallIntegerField(_("seats"), default=1)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    # Codes of classes in which the motion must pass as well.
    classes = models.JSONField(_("must pass in classes too"), default=list, blank=True)
    option_order = models.CharField(
        _("order of options"), max_length=6, choices=OptionOrder.choices, default=OptionOrder.FIXED
    )
    # Seats of this class are filled into board memory when the result is certified.
    seat_class = models.SlugField(_("fills seats of class"), max_length=40, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        ordering = ["election_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["election", "code"], name="governance_contest_code")
        ]

    def __str__(self) -> str:
        return self.title


class Option(models.Model):
    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    name_de = models.CharField(_("name in German"), max_length=200, blank=True)
    statement = models.TextField(_("statement"), blank=True)
    photo = models.ForeignKey(
        "core.StoredDocument",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    contact = models.ForeignKey(
        "contacts.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    organisation = models.ForeignKey(
        "contacts.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["contest_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "code"], name="governance_option_code")
        ]

    def __str__(self) -> str:
        return self.name


class ElectionFile(models.Model):
    """A file of the election by name: box, clear ballots, codes, board. Published ones by hash."""

    election = models.ForeignKey(Election, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=80)
    document = models.ForeignKey("core.StoredDocument", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField("SHA-256", max_length=64)
    public = models.BooleanField(_("published"), default=False)

    class Meta:
        verbose_name = _("election file")
        verbose_name_plural = _("election files")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["election", "name"], name="governance_file_name")
        ]

    def __str__(self) -> str:
        return self.name
