"""Pixels and rewritten links in the HTML of a mail. Pure.

Opens and clicks are not recorded, on purpose (docs/mail.md). Source: CNIL recommendation 2026-042.
"""

from __future__ import annotations

import re

# Hosts that count opens and clicks for somebody; a subdomain counts as its parent.
TRACKING_HOSTS = frozenset({
    "list-manage.com", "mandrillapp.com", "sendgrid.net", "mailchimp.com", "hubspotlinks.com",
    "hs-analytics.net", "hubspotemail.net", "google-analytics.com", "doubleclick.net",
    "googletagmanager.com", "pstmrk.it", "awstrack.me", "sparkpostmail.com", "mjt.lu",
    "createsend1.com", "cmail19.com", "cmail20.com", "actonsoftware.com", "act-on.net",
    "rs6.net", "exct.net", "pardot.com", "mktoresp.com", "sendibt2.com", "sendibm1.com",
})  # fmt: skip
IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ADDRESS = re.compile(r"""(?:href|src)\s*=\s*["']?\s*(?:https?:)?//([^/"'\s>?#:]+)""", re.IGNORECASE)
TINY = re.compile(
    r"""\b(?:width|height)\s*(?:=\s*["']?|:)\s*[01](?:px)?\b(?![.\d%])""", re.IGNORECASE
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def tracking_in(html: str) -> str:
    """What of it would report that or how the mail was read: ``pixel``, ``tracking_host``, or an
    empty string."""
    for image in IMAGE.findall(html):
        remote = re.search(r"""src\s*=\s*["']?\s*(?:https?:)?//""", image, re.IGNORECASE)
        if remote and (TINY.search(image) or HIDDEN.search(image)):
            return "pixel"
    for host in ADDRESS.findall(html):
        labels = host.lower().rstrip(".").split(".")
        if any(".".join(labels[n:]) in TRACKING_HOSTS for n in range(len(labels))):
            return "tracking_host"
    return ""
