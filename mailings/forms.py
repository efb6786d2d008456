"""Forms of the staff pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import OperationForm
from backoffice.core.errors import RollcallError
from mailings.content import ContentError, render_content
from mailings.enums import Origin
from mailings.lint import remarks_on
from mailings.models import Mailing, SeriesStep
from mailings.services.readiness import check_class, readiness

LANGUAGES = [("en-gb", _("English")), ("de", _("German"))]
MOST_BYTES = 100 * 1024 * 1024


class TestSendForm(OperationForm):
    __test__ = False  # not a test case, whatever its name begins with
    address = forms.EmailField(label=_("To"))
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)


class StartForm(OperationForm):
    """Asks for what somebody must have seen first, and names it: voting members that are not
    reached, an audience of everybody, a red mail check."""

    takes_object = True
    unreached = forms.TypedChoiceField(
        label=_("Voting members without a contact that can be reached"), coerce=int, required=True
    )
    everybody = forms.BooleanField(
        label=_("This mailing goes to every contact there is, and is meant to")
    )
    doctor = forms.CharField(
        label=_("Why it should start although the mail check is red"), max_length=200
    )

    def __init__(self, *args: Any, obj: Mailing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            ready = readiness(obj, on=dates.today(), at=dates.now())
        except RollcallError:
            # Said by the start itself.
            ready = None
        self._unreached(list(ready.unreached) if ready else [])
        if ready is None or not ready.everybody:
            del self.fields["everybody"]
        if ready is None or not ready.red:
            del self.fields["doctor"]
        else:
            self.fields["doctor"].help_text = "; ".join(ready.red)

    def _unreached(self, members: list) -> None:
        if not members:
            del self.fields["unreached"]
            return
        field = self.fields["unreached"]
        names = ", ".join(str(member) for member in members[:40])
        more = f" … (+{len(members) - 40})" if len(members) > 40 else ""
        field.help_text = names + more
        choices = [("", "–"), (len(members), _("I have seen these %(n)s") % {"n": len(members)})]
        field.choices = field.widget.choices = choices  # type: ignore[attr-defined]


class MailingForm(forms.ModelForm):
    """A draft. ``seen_version`` makes two open windows notice each other."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Mailing
        fields = ("name", "mail_class", "topic", "segment", "exclude", "scheduled_for", "subject",
                  "body", "subject_de", "body_de", "reply_to", "in_archive")  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "seen_version" in self.fields and self.instance.pk:
            self.fields["seen_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        seen = data.get("seen_version")
        if self.instance.pk and seen is not None:
            now = Mailing.objects.values_list("version", flat=True).get(pk=self.instance.pk)
            if now != seen:
                raise forms.ValidationError(
                    _("Somebody else has changed this mailing since you opened it. Copy your text, "
                      "open it anew and put it in there.")
                )  # fmt: skip
        if not data.get("segment") and not data.get("topic") and not self.errors:
            self.add_error("segment", _("Choose a segment, or a topic whose subscribers get it."))
        for suffix in ("", "_de"):
            self._check_text(data, suffix)
        try:
            check_class(Mailing(topic=data.get("topic"), mail_class=data.get("mail_class") or ""))
        except RollcallError as error:
            self.add_error("mail_class", error.message)
        return data

    def _check_text(self, data: dict[str, Any], suffix: str) -> None:
        subject, body = data.get(f"subject{suffix}") or "", data.get(f"body{suffix}") or ""
        if not subject and not body:
            return
        try:
            render_content(subject, body)
        except ContentError as error:
            self.add_error(f"body{suffix}", str(error))


class StepForm(forms.ModelForm):
    """A step whose text could not be sent is not stored: nobody looks at it before it leaves."""

    class Meta:
        model = SeriesStep
        fields = ("position", "days_after", "subject", "body", "subject_de", "body_de")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for suffix in ("", "_de"):
            body = data.get(f"body{suffix}") or ""
            if not body:
                continue
            subject = data.get(f"subject{suffix}") or data.get("subject") or ""
            try:
                found = remarks_on(render_content(subject, body).html)
            except ContentError as error:
                self.add_error(f"body{suffix}", str(error))
                continue
            for remark in found:
                if remark.blocks:
                    self.add_error(f"body{suffix}", remark.text)
        return data


class FilesForm(OperationForm):
    """One file per organisation, or one archive of them."""

    archive = forms.FileField(
        label=_("Archive (ZIP) or a single file"),
        help_text=_("A file is named after the symbol, the ROR id, another identifier or the name of "
                    "its organisation: “BL.pdf”, “BL report 2026.pdf”."),
    )  # fmt: skip

    def clean_archive(self):
        file = self.cleaned_data["archive"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 100 MB."))
        return file


class SubscriberForm(OperationForm):
    """Somebody is added by staff: by a confirmation mail, or with a wish that is on record."""

    address = forms.EmailField(label=_("E-mail address"), max_length=254)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    how = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("confirm", _("Send a mail with a link to confirm")),
            (Origin.STAFF, _("Add now: the person asked us, the wish is on record")),
            (Origin.HELPDESK, _("Add now: the person wrote to support")),
        ],
    )
    reason = forms.CharField(
        label=_("Where the wish is kept"), max_length=60, required=False,
        help_text=_("A ticket number or a list, without name or address."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("how") != "confirm" and not (data.get("reason") or "").strip():
            self.add_error("reason", _("Say where the wish is kept."))
        return data
