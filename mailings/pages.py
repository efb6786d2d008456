"""Pages of the admin that are not a model's."""

from backoffice.core.admin_bases.pages import StaffPage
from mailings.views.staff import mailing_preview, mailing_report, segment_builder

STAFF = (
    StaffPage("segments/new/", "segment_new", "mailings.add_segment", segment_builder),
    StaffPage("segments/<int:pk>/", "segment_builder", "mailings.view_segment", segment_builder),
    StaffPage(
        "mailings/<int:pk>/preview/", "mailing_preview", "mailings.view_mailing", mailing_preview
    ),
    StaffPage(
        "mailings/<int:pk>/report/", "mailing_report", "mailings.view_mailing", mailing_report
    ),
)
