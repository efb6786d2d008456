"""What comes in: mail, provider events, and the checks of the mail set-up."""

from __future__ import annotations

from email import message_from_bytes, policy

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin
from backoffice.core.admin_shim import display
from backoffice.core.services import jobs
from backoffice.delivery.models import DoctorRun, InboundMail, ProviderEvent
from backoffice.delivery.services.inbound import WITHOUT_PROOF
from backoffice.delivery.services.sorting import believe_report, set_aside


def _believe(mail: InboundMail, actor, data, request) -> str:
    believe_report(mail=mail, actor=actor, at=dates.now())
    return _t("Applied to the message it speaks of.")


def _aside(mail: InboundMail, actor, data, request) -> str:
    set_aside(mail=mail, actor=actor, at=dates.now())
    return _t("Set aside.")


@admin.register(InboundMail)
class InboundAdmin(ReadOnlyAdmin):
    list_display = ("subject", "sender", "recipient", "taken_label", "received_at")
    list_filter = ("taken_by", "automatic")
    search_fields = ("sender", "recipient", "subject")
    fields = ("subject", "sender", "recipient", "received_at", "taken_by", "automatic", "speaks_of",
              "text")  # fmt: skip
    readonly_fields = fields
    operations = (
        Operation("believe", _("Apply the report"), "delivery.sort_inboundmail", _believe,
                  shown=lambda m: m.taken_by == WITHOUT_PROOF and m.speaks_of_id is not None,
                  explain=_("The report came without proof, and anybody can write one. Applying it "
                            "may put the address on hold: look first whether it is plausible.")),
        Operation("aside", _("Set aside"), "delivery.sort_inboundmail", _aside,
                  shown=lambda m: m.taken_by in ("", WITHOUT_PROOF),
                  explain=_("You have seen it and dealt with it. It is deleted with its time.")),
    )  # fmt: skip

    @display(
        description=_("taken by"), label={"nobody": "warning", "report without proof": "warning"}
    )
    def taken_label(self, mail: InboundMail) -> tuple[str, str]:
        if mail.processed_at is None:
            return "waiting", _t("waiting")
        return mail.taken_by or "nobody", mail.taken_by or _t("nobody")

    @admin.display(description=_("text"))
    def text(self, mail: InboundMail) -> str:
        parsed = message_from_bytes(bytes(mail.raw), policy=policy.default)
        try:
            part = parsed.get_body(("plain", "html"))  # type: ignore[union-attr]
            words = part.get_content() if part else ""
        except (LookupError, ValueError, KeyError):
            words = bytes(mail.raw).decode("utf-8", "replace")
        return format_html('<div class="rc-mailtext">{}</div>', str(words)[:20_000])


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    list_display = ("provider", "kind", "status", "address", "result", "received_at")
    list_filter = ("provider", "kind")
    search_fields = ("address", "message_id", "provider_id")


@admin.register(DoctorRun)
class DoctorAdmin(ReadOnlyAdmin):
    """What mail_doctor found; a new check is one button away."""

    list_display = ("at", "problems_label")
    fields = ("at", "problems", "table")
    readonly_fields = fields
    change_list_template = "admin/delivery/doctor_list.html"

    def get_urls(self):
        own = path(
            "check/", self.admin_site.admin_view(self.check_now), name="delivery_doctor_check"
        )
        return [own, *super().get_urls()]

    def check_now(self, request: HttpRequest) -> HttpResponseRedirect:
        """POST queues a check: DNS is asked by the worker, not by the page."""
        back = HttpResponseRedirect(reverse("admin:delivery_doctorrun_changelist"))
        if request.method != "POST" or not request.user.has_perm("delivery.run_doctor"):
            messages.error(request, _t("You may not do this."))
            return back
        jobs.enqueue("delivery.doctor")
        messages.success(request, _t("The check runs; look again in a moment."))
        return back

    @display(description=_("problems"), label={"ok": "success", "red": "danger"})
    def problems_label(self, run: DoctorRun) -> tuple[str, str]:
        return ("red" if run.problems else "ok"), str(run.problems)

    @admin.display(description=_("findings"))
    def table(self, run: DoctorRun) -> str:
        tones = {"ok": "rc-good", "warning": "rc-warn", "problem": "rc-bad"}
        rows = format_html_join(
            "",
            '<tr><td><span class="rc-tag {}">{}</span></td><th scope="row">{}</th><td>{}</td></tr>',
            (
                (tones.get(f["level"], ""), f["level"], f["subject"], f["text"])
                for f in run.findings
            ),
        )
        return format_html('<table class="rc-table"><tbody>{}</tbody></table>', rows)
