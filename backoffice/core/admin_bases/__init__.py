"""Base classes of every admin page. Apps import from here, never from Unfold."""

from backoffice.core.admin_bases.dated import DatedListMixin, DayCount, day_of_list, with_query
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
    "DatedListMixin",
    "DayCount",
    "LabelledStackedInline",
    "LabelledTabularInline",
    "Operation",
    "OperationForm",
    "ReadOnlyAdmin",
    "RollcallAdmin",
    "StaffPage",
    "day_of_list",
    "staff_page",
    "styled",
    "with_query",
]
