"""A real browser against a real server; plainly skipped where Debian's Chromium is absent."""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role
from tests.factories.people import PASSWORD, MembershipFactory, OrgFactory, UserFactory
from tests.settings import ARTEFACTS

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
# Colours are those of the theme, whatever the size: a narrow page is looked at in one of them.
LOOKS = [("desktop", "light"), ("desktop", "dark"), ("phone", "dark")]
AXE = (Path(str(axe_playwright_python.__file__)).parent / "axe.min.js").read_text()
ASK_AXE = "options => axe.run(document, {resultTypes: ['violations'], preload: false, ...options})"
CHARTS_FIT = """() => [...document.querySelectorAll('[data-chart]')].every((chart) => {
    const drawn = chart.querySelector('.main-svg');
    return drawn && Math.abs(Number(drawn.getAttribute('width')) - chart.clientWidth) < 2;
})"""
GRAVE = ("serious", "critical")
# What a turn of the theme can break; the rest of the rules see the same page again.
OF_COLOUR = ("color-contrast", "link-in-text-block")
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
        self.expected_statuses: set[int] = set()
        context.on("page", self._listen)
        self.page: Page = context.new_page()

    def _listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type not in ("error", "warning"):
            return
        status = re.search(r"responded with a status of (\d+)", message.text)
        if status and int(status[1]) in self.expected_statuses:
            return
        self.wrong.append(f"console: {message.text} on {message.page.url}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.wrong.append(f"loaded from elsewhere: {request.url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path, wait_until="load")
        return self.page

    def enter(self, user: User, password: str = PASSWORD) -> Page:
        """What is typed at the door, whatever it leads to."""
        self.open("/account/login/")
        self.page.fill("input[name=login]", user.email)
        self.page.fill("input[name=password]", password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        return self.page

    def sign_in(self, user: User) -> Page:
        self.enter(user)
        self.page.wait_for_url(lambda url: "/account/login/" not in url)
        return self.page

    def arrive(self, user: User, path: str) -> Page:
        """Signed in already, for journeys that are about something else."""
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.base}]
        )
        return self.open(path)

    def sign_out(self) -> None:
        self.page.locator("summary", has_text="Your account").click()
        self.page.get_by_role("button", name="Sign out").click()
        self.page.wait_for_url(lambda url: "/account/login/" in url)

    def axe(self, *, only: Iterable[str] = (), exclude: Iterable[str] = ()) -> list[str]:
        """`only` names rules, `exclude` parts of the page; whoever excludes says why."""
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE)
        left = [[selector] for selector in exclude]
        options = {"runOnly": list(only)} if only else {}
        asking = ASK_AXE if not left else ASK_AXE.replace("document", f"{{exclude: {left}}}")
        found = self.page.evaluate(asking, options)["violations"]
        return [
            f"{self.page.url} {each['id']} ({each['impact']}): {node['html'][:160]}"
            for each in found
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]

    def look(self, name: str, *, exclude: Iterable[str] = ()) -> list[str]:
        """The page as it stands, wide in both themes and narrow: pictures, and what is wrong."""
        problems: list[str] = []
        sizes: set[str] = set()
        for size, scheme in LOOKS:
            self.wear(size=size, scheme=scheme)
            self.shoot(f"{name}-{size}-{scheme}")
            found = self.axe(only=OF_COLOUR if size in sizes else (), exclude=exclude)
            sizes.add(size)
            problems += [f"{size} {scheme}: {each}" for each in found]
            if self.overflows():
                problems.append(f"{size} {scheme}: {self.page.url} scrolls sideways")
        return problems

    def wear(self, *, size: str, scheme: str) -> None:
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        self.page.wait_for_function(CHARTS_FIT)

    def overflows(self) -> bool:
        """The page itself must not scroll sideways; a wide table scrolls inside its own region."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
            )
        )

    def shoot(self, name: str) -> None:
        folder = ARTEFACTS / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)


Visit = Callable[..., Visitor]


@pytest.fixture
def visitor(browser: Browser, live_server: Any, transactional_db: None) -> Iterator[Visit]:
    visitors: list[Visitor] = []

    def visit(
        *,
        size: str = "desktop",
        scheme: str = "light",
        scripts: bool = True,
        expected: Iterable[int] = (),
    ) -> Visitor:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(15_000)
        visitors.append(Visitor(context, base=live_server.url))
        visitors[-1].expected_statuses |= set(expected)
        return visitors[-1]

    yield visit
    for each in visitors:
        each.context.close()
    assert [wrong for each in visitors for wrong in each.wrong] == []


@dataclass
class Company:
    org: Org
    people: dict[Role, Membership]

    def user(self, role: Role) -> User:
        return self.people[role].user


@pytest.fixture
def company(transactional_db: None) -> Company:
    org = OrgFactory.create(slug="acme", name="Acme Instruments")
    names = {
        Role.EXECUTIVE: "Elena Vargas",
        Role.ADMIN: "Amara Okafor",
        Role.INTEGRATOR: "Ines Costa",
        Role.MANAGER: "Marcus Webb",
        Role.REP: "Rosa Delgado",
    }
    people: dict[Role, Membership] = {}
    for role, name in names.items():
        boss = {Role.REP: Role.MANAGER, Role.MANAGER: Role.EXECUTIVE}.get(role)
        email = f"{name.split()[0].lower()}@acme.example"
        people[role] = MembershipFactory.create(
            org=org,
            role=role,
            user=UserFactory.create(full_name=name, email=email),
            reports_to=people[boss] if boss else None,
        )
    return Company(org=org, people=people)
