"""`rotate_suppression_key`: brings all stored hashes of addresses to the key that is set now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from backoffice.core.actor import Actor
from backoffice.core.errors import NotConfigured
from backoffice.delivery.services.key_rotation import rotate_key


class Command(BaseCommand):
    help = "Bring the hashes of suppressed addresses to a new key. Stop the services first."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = rotate_key(actor=Actor.process("rotate_suppression_key"))
        except NotConfigured as error:
            raise CommandError(error.message) from error
        except IntegrityError as error:
            raise CommandError("Another process is rotating the key; nothing was done.") from error
        if not counts:
            self.stdout.write("The hashes are of this key already; nothing to do.")
            return
        for name, count in sorted(counts.items()):
            self.stdout.write(f"{name}: {count}")
