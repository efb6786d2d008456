"""What one may subscribe to, who did, and the proof of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from backoffice.core.transitions import state_constraint
from backoffice.delivery.enums import MailClass
from mailings.enums import ConsentAct, LegalBasis, Origin, SubscriptionState


class Topic(models.Model):
    """One kind of mail. Subscribing to a topic touches this topic and no other."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_de = models.CharField(_("name in German"), max_length=80, blank=True)
    description = models.TextField(_("description"), max_length=400)
    description_de = models.TextField(_("description in German"), max_length=400, blank=True)
    mail_class = models.CharField(_("class"), max_length=12, choices=MailClass.choices)
    legal_basis = models.CharField(_("legal basis"), max_length=10, choices=LegalBasis.choices)
    frequency = models.CharField(_("how often"), max_length=80)
    frequency_de = models.CharField(_("how often, in German"), max_length=80, blank=True)
    public = models.BooleanField(_("anybody may subscribe; archive is public"), default=False)
    indexed = models.BooleanField(_("search engines may list the archive"), default=False)
    active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    feed_url = models.URLField(_("feed whose entries are mailed"), blank=True)
    # Version of the consent wording below; a changed wording is a new version.
    wording_version = models.PositiveSmallIntegerField(_("wording version"), default=1)
    wording = models.TextField(_("consent wording"), blank=True)
    wording_de = models.TextField(_("consent wording in German"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def in_language(self, field: str) -> str:
        """``name``, ``description``, ``frequency`` or ``wording`` in the active language."""
        german = (get_language() or "").startswith("de")
        return (german and getattr(self, f"{field}_de")) or getattr(self, field)

    @property
    def local_name(self) -> str:
        return self.in_language("name")

    @property
    def local_wording(self) -> str:
        return self.in_language("wording")

    @property
    def local_description(self) -> str:
        return self.in_language("description")

    @property
    def local_frequency(self) -> str:
        return self.in_language("frequency")


class Subscription(models.Model):
    """The state of one address for one topic. Only a confirmed opt-in makes it active."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="subscriptions")
    contact = models.ForeignKey(
        "contacts.Contact",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="subscriptions",
        verbose_name=_("contact"),
    )
    # In normal form; NULL after erasure.
    address = models.CharField(_("e-mail address"), max_length=254, null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en-gb")
    state = models.CharField(_("state"), max_length=10, choices=SubscriptionState.choices)
    origin = models.CharField(
        _("origin"), max_length=10, choices=Origin.choices, default=Origin.OWN
    )
    # Hash of the link in the confirmation mail, and how many such mails this request has had.
    confirm_hash = models.CharField(max_length=64, blank=True, db_index=True)
    confirm_mails = models.PositiveSmallIntegerField(default=0, editable=False)
    requested_at = models.DateTimeField(_("asked for"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-id"]
        default_permissions = ("view", "add", "change")
        permissions = [("export_subscription", _("Can export subscriptions"))]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "address"],
                condition=models.Q(address__isnull=False),
                name="mailings_subscribed_once",
            ),
            state_constraint("mailings_subscription_state_known", SubscriptionState),
            models.CheckConstraint(
                name="mailings_subscription_active_facts",
                condition=~models.Q(state="active") | models.Q(confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class ConsentRecord(models.Model):
    """The ledger of consent: which act, when, to which wording. Rows are added, never changed."""

    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.PROTECT,
        related_name="consent",
        verbose_name=_("subscription"),
    )
    act = models.CharField(_("act"), max_length=10, choices=ConsentAct.choices)
    at = models.DateTimeField(_("at"))
    wording_version = models.PositiveSmallIntegerField(_("wording version"))
    wording = models.TextField(_("wording"), blank=True)
    # SHA-256 of the wording as it was shown, and the language it was shown in.
    wording_hash = models.CharField(_("hash of the wording"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    # Only with ROLLCALL_CONSENT_IP.
    network_address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    # "form", "preferences", "link:12", "import:<id>": a source, never a value.
    source = models.CharField(_("source"), max_length=80)
    actor = models.CharField(_("actor"), max_length=80)

    class Meta:
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.at:%Y-%m-%d}"


class FeedEntry(models.Model):
    """An entry of a topic's feed that was seen; mailed once."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="feed_entries")
    guid = models.CharField(_("id in the feed"), max_length=500)
    title = models.CharField(_("title"), max_length=300)
    url = models.URLField(_("address"), max_length=500)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    seen_at = models.DateTimeField(_("seen"), auto_now_add=True)
    mailing = models.ForeignKey(
        "mailings.Mailing", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("feed entry")
        verbose_name_plural = _("feed entries")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["topic", "guid"], name="mailings_feedentry_once")
        ]

    def __str__(self) -> str:
        return self.title
