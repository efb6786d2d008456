"""Fills every registry. The one place where apps that may not import each other meet."""

from __future__ import annotations


def wire() -> None:
    wire_core()


def wire_core() -> None:
    from backoffice.core.personal_data_own import declare_kernel, declare_third_party

    declare_kernel()
    declare_third_party()
