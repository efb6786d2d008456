"""Pages of the admin that are not a model's."""

from backoffice.core.admin_bases.pages import StaffPage
from mailings.views.builder import segment_builder, segment_count
from mailings.views.groups import group_comparison
from mailings.views.staff import consent_proof, mailing_preview, mailing_report, mailing_why

STAFF = (
    StaffPage("segments/new/", "segment_new", "mailings.add_segment", segment_builder),
    StaffPage("segments/count/", "segment_count", "mailings.view_segment", segment_count),
    StaffPage("segments/<int:pk>/", "segment_builder", "mailings.view_segment", segment_builder),
    StaffPage(
        "mailings/<int:pk>/preview/", "mailing_preview", "mailings.view_mailing", mailing_preview
    ),
    StaffPage(
        "mailings/<int:pk>/report/", "mailing_report", "mailings.view_mailing", mailing_report
    ),
    StaffPage("mailings/<int:pk>/why/", "mailing_why", "mailings.view_mailing", mailing_why),
    StaffPage(
        "subscriptions/<int:pk>/proof/",
        "consent_proof",
        "mailings.view_consentrecord",
        consent_proof,
    ),
    StaffPage("groups/<int:pk>/", "group_comparison", "mailings.view_grouplink", group_comparison),
)
