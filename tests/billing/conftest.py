"""Shared by the billing tests."""

import pytest


@pytest.fixture(autouse=True)
def files_within_test_transactions(request):
    """A test runs inside a transaction that is rolled back; files may be written in it."""
    if request.node.get_closest_marker("django_db") is None:
        yield
        return
    request.getfixturevalue("db")
    from django.db import connection

    connection.rollcall_test_atomic = True
    yield
    del connection.rollcall_test_atomic
