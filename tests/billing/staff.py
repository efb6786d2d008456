"""Staff with exactly the permissions named, for tests of screens."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission

from backoffice.core.models import User


def staff_client(client: Any, settings: Any, *permissions: str) -> Any:
    """The client signed in as a member of staff with these permissions and no others."""
    settings.ROLLCALL_DEMO = True
    user = User.objects.create(email=f"s{User.objects.count()}@example.org", is_staff=True)
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    client.force_login(user)
    return client
