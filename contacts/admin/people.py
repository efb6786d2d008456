"""The contact page."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, RollcallAdmin, StaffPage, staff_page
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from backoffice.core.dates import last_day, today
from backoffice.core.errors import RollcallError
from contacts.admin import bulk
from contacts.admin.duty_board import WHY
from contacts.admin.forms import AddressForm, NewContactForm, NoteForm
from contacts.admin.record_pages import receives, timeline_context
from contacts.board import role_labels
from contacts.models import Contact
from contacts.services import people, records


def _note(contact, actor, data, request) -> str:
    records.add_note(text=data["text"], contact=contact, actor=actor)
    return _t("The note is on the timeline.")


def _address(contact, actor, data, request) -> str:
    people.change_address(contact=contact, actor=actor, **data)
    return _t("The new address is in use.")


@admin.register(Contact)
class ContactAdmin(RollcallAdmin):
    """Names and language are edited here; addresses and duties change by dated acts."""

    list_display = ("shown_name", "address", "kind", "duties_shown")
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_fields = ("name_folded",)
    export_fields = ("given_name", "family_name", "kind", "language", "phone", "current_address",
                     "source", "created_at")  # fmt: skip
    fields = (("given_name", "family_name"), ("kind", "language"), "phone", "tags", "source",
              "restricted_at", "erased_at", "created_at")  # fmt: skip
    readonly_fields = ("source", "restricted_at", "erased_at", "created_at")
    autocomplete_fields = ("tags",)
    change_form_template = "contacts/contact_page.html"
    bulk_operations = bulk.CONTACTS
    operations = (
        Operation("note", _("Add a note"), "contacts.add_note", _note, form=NoteForm),
        Operation("address", _("Change address"), "contacts.change_contact", _address,
                  form=AddressForm, shown=lambda c: c.erased_at is None,
                  explain=_("The old address is kept with its end date.")),
    )  # fmt: skip

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .filter(merged_into__isnull=True)
            .prefetch_related("addresses", "duties__role_type", "duties__organisation")
        )

    def exported_rows(self, request, rows):
        """Nobody who was removed or whose data may not be used (Art. 18 GDPR)."""
        return rows.exportable()

    def get_search_results(self, request, queryset, search_term):
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in=Contact.objects.matching(search_term).values("pk")), False

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        return redirect("admin:contact_new")

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or not obj.erased_at)

    @display(description=_("name"), ordering="family_name")
    def shown_name(self, contact) -> str:
        return str(contact)

    @display(description=_("address"))
    def address(self, contact) -> str:
        return next(
            (
                a.address
                for a in contact.addresses.all()
                if a.primary and not a.valid_until and a.address
            ),
            "–",
        )

    @display(description=_("duties"))
    def duties_shown(self, contact) -> str:
        open_duties = [duty for duty in contact.duties.all() if duty.valid_until is None]
        words = [f"{duty.role_type} ({duty.organisation})" for duty in open_duties[:3]]
        return ", ".join(words) + (" …" if len(open_duties) > 3 else "") or "–"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        contact = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if contact is not None:
            extra |= {
                **timeline_context(request, contact_id=contact.pk),
                "note_url": reverse("admin:contacts_contact_do", args=[contact.pk, "note"]),
                "may_note": request.user.has_perm("contacts.add_note"),
                "current_addresses": contact.addresses.filter(valid_until__isnull=True),
                "past_addresses": contact.addresses.filter(valid_until__isnull=False),
                "open_duties": _open_duties(contact),
                "past_duties": [
                    (duty, last_day(duty.valid_until))
                    for duty in contact.duties.filter(valid_until__isnull=False)
                    .select_related("role_type", "organisation")
                    .order_by("-valid_until")[:50]
                ],
                "open_tasks": contact.followups.filter(done_at__isnull=True)[:20],
            }
        return super().change_view(request, object_id, form_url, extra)


def _open_duties(contact: Contact) -> list:
    """Duty, label, why mail does not arrive, what comes with it."""
    labels = role_labels()
    duties = contact.duties.filter(valid_until__isnull=True).select_related(
        "role_type", "organisation"
    )
    return [
        (duty, labels[duty.role_type.code],
         WHY.get(duty.unreachable_reason, duty.unreachable_reason), receives(duty.role_type.code))
        for duty in duties
    ]  # fmt: skip


def new_contact(request):
    """A form that goes through the service: suppression and uniqueness are asked first."""
    form = NewContactForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            contact = people.create_contact(
                on=today(), actor=Actor.user(request.user), source="staff", **form.cleaned_data
            )
            return HttpResponseRedirect(f"../{contact.pk}/change/")
        except RollcallError as error:
            problem = str(error)
    return staff_page(
        request,
        "contacts/new_contact.html",
        title=_t("New contact"),
        context={"form": form, "problem": problem},
    )


NEW_CONTACT = StaffPage("contacts/contact/new/", "contact_new", "contacts.add_contact", new_contact)
