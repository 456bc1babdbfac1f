"""A real browser against a real server; plainly skipped where Debian's Chromium is absent."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from revenue.users.models import User
from tests.factories.people import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
SIZES = {"desktop": (1440, 900), "phone": (360, 780)}
# Playwright's own event loop makes Django think that it runs asynchronously.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    reason = "no Chromium on this machine: apt-get install chromium"
    for item in items:
        if here not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("browser"))
        if CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


class Visitor:
    """A person at a browser: what went wrong in it is kept, and fails the test."""

    def __init__(self, context: BrowserContext, *, base: str) -> None:
        self.context, self.base = context, base
        self.wrong: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.wrong.append(f"loaded from elsewhere: {request.url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path, wait_until="load")
        return self.page

    def sign_in(self, user: User) -> Page:
        self.open("/account/login/")
        self.page.fill("input[name=login]", user.email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(lambda url: "/account/login/" not in url)
        return self.page

    def axe(self) -> list[str]:
        found = Axe().run(self.page).response["violations"]
        return [
            f"{self.page.url} {each['id']} ({each['impact']}): {node['html'][:160]}"
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    def overflows(self) -> bool:
        """The page itself must not scroll sideways; a wide table scrolls inside its own region."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
            )
        )

    def shoot(self, name: str) -> None:
        folder = settings.ARTEFACTS / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.fixture
def visitor(
    browser: Browser, live_server: Any, transactional_db: None
) -> Iterator[Callable[..., Visitor]]:
    visitors: list[Visitor] = []

    def visit(*, size: str = "desktop", scheme: str = "light", scripts: bool = True) -> Visitor:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        visitors.append(Visitor(context, base=live_server.url))
        return visitors[-1]

    yield visit
    for each in visitors:
        each.context.close()
    assert [wrong for each in visitors for wrong in each.wrong] == []
