"""What apps show on shared screens: dashboard tiles, palette hits, pages under /my/, loaders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from django.utils.functional import Promise

from backoffice.core.actor import Actor
from backoffice.core.registry import Registry


@dataclass(frozen=True)
class Tile:
    """A queue on the dashboard. ``count`` runs one bounded query; ``url`` opens the list behind it.

    ``tone``: "calm", "attention" or "alarm" when the count is not zero. ``empty`` says what a
    zero means, in words.
    """

    title: str | Promise
    permission: str
    count: Callable[[date], int]
    url: Callable[[], str]
    tone: str = "attention"
    empty: str | Promise = ""
    icon: str = "inbox"


@dataclass(frozen=True)
class Hit:
    title: str | Promise
    detail: str
    url: str


@dataclass(frozen=True)
class PaletteSource:
    """Finds at most ``limit`` hits; called only for users who hold ``permission``."""

    title: str | Promise
    permission: str
    find: Callable[[str, int], list[Hit]]


@dataclass(frozen=True)
class MyPage:
    title: str | Promise
    url_name: str
    # Whether the page concerns this contact at all.
    shown: Callable[[int], bool]


@dataclass(frozen=True)
class DemoContext:
    """Handed to each demo loader: the same seed gives the same data."""

    random: Random
    organisations: int
    today: date
    actor: Actor
    source: str = ""


TILES: Registry[Tile] = Registry("dashboard tiles")
PALETTE: Registry[PaletteSource] = Registry("palette sources")
MY_PAGES: Registry[MyPage] = Registry("pages under /my/")
# name → load(preset code, actor, on); repeatable.
PRESET_LOADERS: Registry[Callable[[str, Actor, date], None]] = Registry("preset loaders")
# name → load(context); in the order of wiring.
DEMO_LOADERS: Registry[Callable[[DemoContext], None]] = Registry("demo loaders")
