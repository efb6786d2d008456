from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Last in INSTALLED_APPS: fills the registries when every app is loaded."""

    name = "backoffice"
    label = "backoffice"

    def ready(self) -> None:
        from backoffice import signin, wiring

        assert signin.record_sign_in  # type: ignore[truthy-function]

        wiring.wire()
