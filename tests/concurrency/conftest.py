"""The sink and the kind of the delivery tests."""

from tests.delivery.conftest import sink, test_kind

__all__ = ["sink", "test_kind"]
