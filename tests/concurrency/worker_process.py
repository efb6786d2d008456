"""A worker of its own for the kill tests: stops dead at a named point after some hand-offs."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    port, point, after = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = os.environ["KILL_TEST_DATABASE"]
    from backoffice.delivery.registry import MESSAGE_KINDS, MessageKind
    from backoffice.delivery.services import engine
    from backoffice.delivery.transports.smtp import Relay, SmtpTransport
    from tests.delivery.conftest import build_test_message

    MESSAGE_KINDS.add("test.notice", MessageKind(build_test_message))
    seen = 0

    def checkpoint(name: str) -> None:
        nonlocal seen
        if name == point:
            seen += 1
            if seen > after:
                os.kill(os.getpid(), signal.SIGKILL)

    engine.checkpoint = checkpoint
    worker = engine.Engine(f"worker:{os.getpid()}", SmtpTransport(Relay("127.0.0.1", port)))
    idle = 0
    while idle < 3:
        idle = 0 if worker.round(50) else idle + 1


if __name__ == "__main__":
    main()
