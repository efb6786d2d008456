"""Forms of operation views in the admin's look."""

from __future__ import annotations

from typing import TypeVar

from django import forms

from backoffice.core import admin_shim as shim

F = TypeVar("F", bound=forms.BaseForm)

WIDGETS: list[tuple[type[forms.Field], type[forms.Widget]]] = [
    (forms.BooleanField, shim.UnfoldBooleanSwitchWidget),
    (forms.DateTimeField, shim.LocalDateTimeWidget),
    (forms.DateField, shim.UnfoldAdminDateWidget),
    (forms.DecimalField, shim.UnfoldAdminDecimalFieldWidget),
    (forms.IntegerField, shim.UnfoldAdminIntegerFieldWidget),
    (forms.EmailField, shim.UnfoldAdminEmailInputWidget),
    (forms.FileField, shim.UnfoldAdminFileFieldWidget),
]


def _widget_for(field: forms.Field) -> forms.Widget | None:
    if isinstance(field.widget, forms.Textarea):
        rows = field.widget.attrs["rows"]
        # Django's own default is ten rows, too tall for a sentence or two.
        return shim.UnfoldAdminTextareaWidget(attrs={"rows": 4 if rows == "10" else rows})
    if isinstance(field, forms.ModelChoiceField | forms.ChoiceField):
        if isinstance(field.widget, forms.SelectMultiple | forms.RadioSelect | forms.HiddenInput):
            return None
        return shim.UnfoldAdminSelectWidget(choices=field.choices)
    for kind, widget in WIDGETS:
        if isinstance(field, kind) and not isinstance(field.widget, forms.HiddenInput):
            return widget()
    if isinstance(field, forms.CharField) and isinstance(field.widget, forms.TextInput):
        return shim.UnfoldAdminTextInputWidget()
    return None


def styled(form: F) -> F:
    """Gives every field of a plain form the admin's widget."""
    for field in form.fields.values():
        widget = _widget_for(field)
        if widget is not None:
            widget.is_required = field.required
            if hasattr(field, "choices"):
                setattr(widget, "choices", field.choices)  # noqa: B010
            field.widget = widget
    return form


class OperationForm(forms.Form):
    """Plain fields; the admin's widgets are set when it is made."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        styled(self)
