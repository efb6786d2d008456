#!/usr/bin/env python3
"""Entry point of every command. Settings: environment variables, see docs/settings.md."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings.local")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A wrong setting is the operator's to mend: one sentence, no stack trace.
        sys.stderr.write(f"rollcall: {error}\n")
        sys.exit(78)


if __name__ == "__main__":
    main()
