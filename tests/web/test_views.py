import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

pytestmark = pytest.mark.django_db
STYLEGUIDE = reverse("web:styleguide-show")
THEME = reverse("web:theme-set")
FRAGMENT = {"HX-Request": "true", "HX-Target": "permissions"}


@pytest.fixture
def designer(client: Client) -> Client:
    user = get_user_model().objects.create_user(
        email="designer@example.com", full_name="Dana Sorel", is_superuser=True
    )
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_styleguide_shows_each_component(designer: Client) -> None:
    html = designer.get(STYLEGUIDE).content.decode()

    for mark in (
        'class="tile"', "data-chart=", 'id="permissions"', 'role="progressbar"', 'class="callout',
        'class="empty"', 'class="badge', 'class="secret"', 'id="drawer"', 'id="toasts"',
        "data-theme-toggle", 'class="data-as-of', 'class="breadcrumb"', 'class="skeleton"',
    ):  # fmt: skip
        assert mark in html, mark
    assert "Data as of" in html


def test_no_page_holds_script_or_style_of_its_own(designer: Client) -> None:
    html = designer.get(STYLEGUIDE).content.decode()

    for mark in ("style=", "<style", "onclick", "hx-on", "javascript:", "js:"):
        assert mark not in html, mark
    scripts = html.split("<script")[1:]
    assert scripts
    assert all("src=" in each[:120] or "application/json" in each[:120] for each in scripts)


def test_the_list_alone_is_given_to_htmx_with_its_address(designer: Client) -> None:
    response = designer.get(STYLEGUIDE, {"q": "permission", "sort": ""}, headers=FRAGMENT)
    html = response.content.decode().strip()

    assert html.startswith("<section")
    assert "<html" not in html
    assert response.headers["HX-Push-Url"] == f"{STYLEGUIDE}?q=permission"
    assert "Can add permission" in html


@pytest.mark.parametrize(
    "query", ["", "sort=-groups&verb=add&verb=view", "q=can&id_from=1&cols=model,groups"]
)
def test_the_list_costs_two_queries_however_it_is_asked(designer: Client, query: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        designer.get(f"{STYLEGUIDE}?{query}", headers=FRAGMENT)

    assert len([each for each in queries if 'FROM "auth_permission"' in each["sql"]]) == 2


def test_a_row_opens_in_the_drawer_and_as_a_page(designer: Client) -> None:
    permission = Permission.objects.order_by("pk")[0]
    address = f"{STYLEGUIDE}?permission={permission.pk}"
    drawer = {"HX-Request": "true", "HX-Target": "drawer-body"}

    fragment = designer.get(address, headers=drawer).content.decode()
    page = designer.get(address).content.decode()

    assert fragment.strip().startswith("<h2>")
    assert permission.codename in fragment
    assert fragment.strip() in page


@pytest.mark.parametrize("query", ["permission=x", "permission=-1", "permission=" + "9" * 40])
def test_a_row_that_is_none_opens_nothing(designer: Client, query: str) -> None:
    assert designer.get(f"{STYLEGUIDE}?{query}").status_code == 200


@pytest.mark.parametrize(("done", "state"), [(0, "Running"), (90, "Done"), ("x", "Running")])
def test_a_bar_polls_until_its_end(designer: Client, done: object, state: str) -> None:
    html = designer.get(reverse("web:styleguide-progress"), {"done": str(done)}).content.decode()

    assert state in html
    assert ("every 1s" in html) is (state == "Running")
    assert 'aria-valuemax="13200"' in html


def test_a_theme_is_kept_with_the_person_and_in_the_browser(designer: Client) -> None:
    response = designer.post(THEME, {"theme": "dark", "next": STYLEGUIDE})

    assert response.headers["Location"] == STYLEGUIDE
    assert response.cookies["theme"].value == "dark"
    assert get_user_model().objects.get(email="designer@example.com").theme == "dark"
    assert 'data-theme="dark"' in designer.get(STYLEGUIDE).content.decode()


def test_a_theme_is_kept_for_somebody_signed_out(client: Client) -> None:
    response = client.post(THEME, {"theme": "light"})

    assert response.headers["Location"] == "/"
    assert response.cookies["theme"].value == "light"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_a_theme_leads_to_no_other_host(client: Client, target: str) -> None:
    response = client.post(THEME, {"theme": "light", "next": target})

    assert response.headers["Location"] == "/"


def test_a_theme_that_is_none_is_refused(client: Client) -> None:
    assert client.post(THEME, {"theme": "pink"}).status_code == 400
    assert client.get(THEME).status_code == 405
