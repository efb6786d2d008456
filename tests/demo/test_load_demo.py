"""`load_demo`: an agency in full life for every role, and a second run that adds nothing."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command

from backoffice.core.models import JobRun
from contacts.models import (
    ContactConfirmation,
    DuplicatePair,
    HandOver,
    MembershipApplication,
    Organisation,
)
from contacts.privacy.models import PrivacyCase

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def rows() -> Counter:
    return Counter({model._meta.label: model.objects.count() for model in apps.get_models()})


def test_every_desk_has_work_and_a_second_run_adds_nothing() -> None:
    cache.clear()
    call_command("load_preset", "datacite", stdout=StringIO())
    call_command("load_demo", stdout=StringIO())
    states = set(MembershipApplication.objects.values_list("state", flat=True))
    assert states == {"applied", "agreement_signed"}
    assert HandOver.objects.filter(state="answered").count() == 1
    assert set(ContactConfirmation.objects.values_list("state", flat=True)) == {
        "asked", "kept", "answered",
    }  # fmt: skip
    assert DuplicatePair.objects.filter(kind="organisation").exists()
    assert set(PrivacyCase.objects.values_list("state", flat=True)) == {
        "received", "identity_check", "in_review", "planned", "propagating", "closed",
    }  # fmt: skip
    assert JobRun.objects.filter(name="privacy.certificate", state="queued").count() == 1
    before = rows()
    call_command("load_demo", stdout=StringIO())
    assert rows() - before == Counter()


def test_demo_data_stay_out_of_a_real_installation() -> None:
    call_command("load_preset", "datacite", stdout=StringIO())
    Organisation.objects.create(name="Real University", source="import")
    with pytest.raises(CommandError, match="real organisations"):
        call_command("load_demo", stdout=StringIO())
