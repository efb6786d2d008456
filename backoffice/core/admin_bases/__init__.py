"""Base classes of every admin page. Apps import from here, never from Unfold."""

from backoffice.core.admin_bases.forms import OperationForm, styled
from backoffice.core.admin_bases.models import (
    LabelledStackedInline,
    LabelledTabularInline,
    ReadOnlyAdmin,
    RollcallAdmin,
)
from backoffice.core.admin_bases.operations import BulkOperation, Operation
from backoffice.core.admin_bases.pages import StaffPage, staff_page

__all__ = [
    "BulkOperation",
    "LabelledStackedInline",
    "LabelledTabularInline",
    "Operation",
    "OperationForm",
    "ReadOnlyAdmin",
    "RollcallAdmin",
    "StaffPage",
    "staff_page",
    "styled",
]
