"""Fills every registry. The one place where apps that may not import each other meet."""

from __future__ import annotations


def wire() -> None:
    wire_core()
    wire_delivery()
    wire_contacts()
    wire_privacy()
    wire_mailings()
    wire_billing()
    wire_governance()


def wire_core() -> None:
    from backoffice.core.personal_data_own import declare_kernel, declare_third_party

    declare_kernel()
    declare_third_party()


def wire_delivery() -> None:
    pass


def wire_contacts() -> None:
    pass


def wire_privacy() -> None:
    pass


def wire_mailings() -> None:
    pass


def wire_billing() -> None:
    pass


def wire_governance() -> None:
    pass
