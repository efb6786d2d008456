"""WSGI entry point for gunicorn."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings.production")
application = get_wsgi_application()


def refuse_wrong_key() -> None:
    """Nobody who unsubscribed would be recognised with it. A database that is not there yet is no
    reason; a worker asks again."""
    from backoffice.delivery.services.key_rotation import key_problem

    try:
        problem = key_problem()
    except DatabaseError:
        return
    if problem:
        raise ImproperlyConfigured(problem)


refuse_wrong_key()
