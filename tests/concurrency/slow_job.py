"""A worker process whose job writes its effect and then takes its time: killed in between."""

from __future__ import annotations

import os
import sys
import time


def effect(marker: str) -> None:
    """Idempotent: the same tag, however often the job is started."""
    from contacts.models import Tag

    Tag.objects.get_or_create(name=marker)


def main() -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = os.environ["KILL_TEST_DATABASE"]
    from backoffice.core.services.jobs import JOBS, Job
    from backoffice.core.services.worker import Heart, drain_tasks
    from backoffice.core.tasks import set_worker_name

    def run(context, marker: str) -> None:
        effect(marker)
        context.progress(1, 2)
        sys.stdout.write("halfway\n")
        sys.stdout.flush()
        time.sleep(120)

    JOBS.add("test.slow", Job("test.slow", run, attempts=3))
    set_worker_name(sys.argv[1])
    Heart(sys.argv[1]).start()
    drain_tasks(sys.argv[1])


if __name__ == "__main__":
    main()
