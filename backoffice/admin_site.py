"""The admin site: Unfold, our order of apps, our dashboard."""

from __future__ import annotations

from unfold.sites import UnfoldAdminSite


class RollcallSite(UnfoldAdminSite):
    enable_nav_sidebar = True
