"""Look of the admin. The palette is our own bounded callback: the built-in model search is unbounded."""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _


def _stylesheet(request) -> str:
    return static("backoffice/admin.css")


def _script(request) -> str:
    return static("backoffice/admin.js")


UNFOLD = {
    "SITE_TITLE": "Rollcall",
    "SITE_HEADER": "Rollcall",
    "SITE_SUBHEADER": _("Membership back-office"),
    "SITE_SYMBOL": "how_to_reg",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "backoffice.dashboard.dashboard_context",
    "ENVIRONMENT": "backoffice.dashboard.environment_label",
    "COMMAND": {
        "search_models": False,
        "search_callback": "backoffice.palette.search",
        "show_history": False,
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "backoffice.navigation.sidebar",
    },
    "STYLES": [_stylesheet],
    "SCRIPTS": [_script],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "240 249 250",
            "100": "217 239 242",
            "200": "184 223 229",
            "300": "137 201 211",
            "400": "83 169 184",
            "500": "47 136 153",
            "600": "33 109 126",
            "700": "29 89 104",
            "800": "28 73 86",
            "900": "26 60 71",
            "950": "12 40 49",
        },
    },
}
