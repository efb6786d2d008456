"""Amazon SES reports through SNS, without Amazon's own library.

anymail's views need boto3 even to read a notification. Confirming the subscription is one GET to the
address that SNS itself names, taken only behind the shared secret and only at Amazon's own hosts.
"""

from __future__ import annotations

import re
from typing import Any

import requests
from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.amazon_ses import AmazonSESInboundWebhookView, AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView

CONFIRM = re.compile(r"^https://sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/\?")
TIMEOUT = 10  # seconds; SNS itself waits 15


class WithoutLibrary(AnymailBaseWebhookView):
    """The parts of anymail's view that ask Amazon's library, done without it."""

    auto_confirm_enabled = True

    def __init__(self, **kwargs: Any) -> None:
        AnymailBaseWebhookView.__init__(self, **kwargs)

    def auto_confirm_sns_subscription(self, sns_message: dict[str, Any]) -> None:
        """Raises: AnymailWebhookValidationFailure for an address that is not Amazon's."""
        address = str(sns_message.get("SubscribeURL", ""))
        if not self.basic_auth or not CONFIRM.match(address):
            raise AnymailWebhookValidationFailure("This subscription is not confirmed.")
        requests.get(address, timeout=TIMEOUT, allow_redirects=False).raise_for_status()


class AmazonTracking(WithoutLibrary, AmazonSESTrackingWebhookView):
    """Bounces, complaints and deliveries."""


class AmazonInbound(WithoutLibrary, AmazonSESInboundWebhookView):
    """Mail received by SES and passed on inside the notification (up to 150 kB)."""
