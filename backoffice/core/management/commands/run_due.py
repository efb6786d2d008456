from django.core.management.base import BaseCommand

from backoffice.core import dates
from backoffice.core.services import schedule


class Command(BaseCommand):
    help = "Queues every scheduled job that is due (the worker does this by itself)."

    def handle(self, *args, **options) -> None:
        for name in schedule.run_due(now=dates.now()):
            self.stdout.write(name)
