"""Words of the privacy desk for querysets."""

from __future__ import annotations

from datetime import date

from django.db import models


class LegalHoldQuerySet(models.QuerySet):
    def holding(self, *, on: date):
        """Holds that stand on a day."""
        return self.filter(since__lte=on, until__gt=on, lifted_at__isnull=True)
