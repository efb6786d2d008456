"""Says whether anybody has put data in: what `make run` asks before it loads the demo."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Print 'yes' when there is no user account yet, else 'no'."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("no" if get_user_model().objects.exists() else "yes")
