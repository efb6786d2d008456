"""Chromium on the live server: every page is watched for CSP violations and script errors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("browser"):
            raise pytest.UsageError(f"{item.nodeid} lies in tests/browser without the browser mark")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    path = os.environ.get("ROLLCALL_TEST_CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        pytest.skip(f"no Chromium at {path}")
    # Playwright's synchronous interface runs an event loop in this thread, where Django refuses
    # queries; the tests of this folder make them on purpose.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def context(browser: Browser, live_server) -> Iterator[BrowserContext]:
    """A fresh profile at desktop width whose relative addresses start at the live server."""
    width, height = WIDTHS["desktop"]
    profile = browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": height},
        locale="en-GB",
        reduced_motion="reduce",
    )
    profile.set_default_timeout(10_000)
    yield profile
    profile.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; the test fails when the browser reported a policy violation or a script error."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status" not in message.text:
            complaints.append(f"{message.text} ({message.location.get('url', '')})")

    tab = context.new_page()
    tab.on("console", heard)
    tab.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    yield tab
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Runs axe over the page as it stands and fails on any WCAG 2.2 A or AA violation."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def check(tab: Page) -> None:
        results = axe.run(tab, options={"runOnly": {"type": "tag", "values": RULES}})
        found = [
            f"{rule['id']}: {rule['help']}: "
            + "; ".join(node["html"][:160] for node in rule["nodes"][:5])
            for rule in results.response["violations"]
        ]
        assert not found, "axe found:\n" + "\n".join(found)

    return check


@pytest.fixture
def take_screenshots(tmp_path: Path) -> Callable[[Page, str], list[Path]]:
    """Pictures at desktop and phone width, into ROLLCALL_SCREENSHOTS or a temporary folder."""
    folder = Path(os.environ.get("ROLLCALL_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take(tab: Page, name: str) -> list[Path]:
        pictures = []
        for label, (width, height) in WIDTHS.items():
            tab.set_viewport_size({"width": width, "height": height})
            pictures.append(folder / f"{name}-{label}.png")
            tab.screenshot(path=str(pictures[-1]), full_page=True)
        return pictures

    return take
