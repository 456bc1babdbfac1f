from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from revenue.web.rendering import NoSuchBlockError, render_page

PAGES = {
    "frame.html": "<html>{% block content %}frame{% endblock %}{{ request.path }}</html>",
    "page.html": (
        "{% extends 'frame.html' %}{% block content %}<h1>Deals</h1>"
        "{% block deals %}<p id='deals'>{{ name }} {{ request.path }}</p>{% endblock %}"
        "{% if name %}{% block drawer-body %}<p>in a drawer</p>{% endblock %}{% endif %}"
        "{% endblock %}"
    ),
}
ENGINE = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "OPTIONS": {
        "loaders": [("django.template.loaders.locmem.Loader", PAGES)],
        "context_processors": ["django.template.context_processors.request"],
    },
}


@pytest.fixture(autouse=True)
def templates() -> Iterator[None]:
    with override_settings(TEMPLATES=[ENGINE]):
        yield


def answer(*, partial: str | tuple[str, ...] = "deals", **headers: str) -> HttpResponse:
    request = RequestFactory().get("/deals/", headers=headers)
    context = {"name": "<b>Åse</b>"}
    return render_page(request, "page.html", context, partial=partial, push_url="/deals/?tidy=1")


def text(response: HttpResponse) -> str:
    return response.content.decode()


FRAGMENT = "<p id='deals'>&lt;b&gt;Åse&lt;/b&gt; /deals/</p>"
WHOLE = f"<html><h1>Deals</h1>{FRAGMENT}<p>in a drawer</p>/deals/</html>"


def test_a_browser_gets_the_page() -> None:
    response = answer()

    assert text(response) == WHOLE
    assert "HX-Push-Url" not in response.headers


@pytest.mark.parametrize("partial", ["deals", "#deals", ("other", "deals")])
def test_htmx_gets_the_block_that_it_has_a_place_for(partial: str | tuple[str, ...]) -> None:
    response = answer(partial=partial, **{"HX-Request": "true", "HX-Target": "deals"})

    assert text(response) == FRAGMENT
    assert response.headers["HX-Push-Url"] == "/deals/?tidy=1"


def test_the_drawer_leaves_the_address_alone() -> None:
    headers = {"HX-Request": "true", "HX-Target": "drawer-body"}
    response = answer(partial=("deals", "drawer-body"), **headers)

    assert text(response) == "<p>in a drawer</p>"
    assert "HX-Push-Url" not in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true"},
        {"HX-Request": "true", "HX-Target": "elsewhere"},
        {"HX-Target": "deals"},
        {"HX-Request": "true", "HX-Target": "deals", "HX-History-Restore-Request": "true"},
    ],
)
def test_any_other_asker_gets_the_page(headers: dict[str, str]) -> None:
    assert text(answer(**headers)) == WHOLE


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "deals"}])
def test_no_cache_keeps_either_or_mixes_them(headers: dict[str, str]) -> None:
    response = answer(**headers)

    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Vary"] == "HX-Request, HX-Target"


def test_a_partial_without_its_block_is_told_to_the_developer() -> None:
    with pytest.raises(NoSuchBlockError, match=r"page.html has no {% block team %}"):
        answer(partial="team", **{"HX-Request": "true", "HX-Target": "team"})
