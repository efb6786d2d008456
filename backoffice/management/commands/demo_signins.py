"""Prints the demo sign-in of each staff role; says so when this is no demo."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backoffice.core.models import User
from backoffice.demo.roll import staff_address
from backoffice.demo.words import PASSWORD, STAFF


class Command(BaseCommand):
    help = "Lists the demo sign-ins (demo mode only)."

    def handle(self, *args, **options) -> None:
        if not settings.ROLLCALL_DEMO:
            raise CommandError("ROLLCALL_DEMO is not set; there are no demo sign-ins.")
        for group, _name in STAFF:
            if User.objects.filter(email=staff_address(group)).exists():
                self.stdout.write(f"{group:16} {staff_address(group):32} {PASSWORD}")
