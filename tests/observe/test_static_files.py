"""Built static files as the web server sends them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from revenue import settings as product

# The end of an answer makes Django look at its connections.
pytestmark = pytest.mark.django_db

SHEET = "body { color: black; background: url(dot.svg) }\n" + "p { margin: 0 }\n" * 100


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Path]:
    """The product's own storage over two small files: compressing all of them takes minutes."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "page.css").write_text(SHEET)
    (source / "dot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    compressed = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    with override_settings(
        STATICFILES_DIRS=[source],
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        STATIC_ROOT=tmp_path / "built",
        STORAGES={**settings.STORAGES, "staticfiles": compressed},
        WHITENOISE_AUTOREFRESH=False,
        WHITENOISE_USE_FINDERS=False,
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield tmp_path / "built"


def answer_to(path: str, **headers: str) -> HttpResponse:
    middleware = WhiteNoiseMiddleware(lambda _request: HttpResponse(status=404))
    request: HttpRequest = RequestFactory().get(path, headers=headers)
    found: HttpResponse = middleware(request)
    return found


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_hashed_file_is_compressed_and_kept_for_ever(encoding: str) -> None:
    url = staticfiles_storage.url("page.css")
    assert re.fullmatch(r"/static/page\.[0-9a-f]{12}\.css", url)
    answer = answer_to(url, **{"Accept-Encoding": f"x, {encoding}"})
    assert answer.status_code == 200
    assert answer["Content-Encoding"] == encoding
    assert answer["Content-Type"] == 'text/css; charset="utf-8"'
    assert "immutable" in answer["Cache-Control"]
    assert "max-age=315360000" in answer["Cache-Control"]
    assert "Accept-Encoding" in answer["Vary"]
    assert len(b"".join(answer)) < len(SHEET) / 2
    answer.close()


@pytest.mark.usefixtures("built")
def test_a_file_by_its_plain_name_is_asked_for_again() -> None:
    answer = answer_to("/static/page.css")
    assert answer["Cache-Control"] == f"max-age={product.WHITENOISE_MAX_AGE}, public"
    answer.close()


@pytest.mark.usefixtures("built")
def test_a_sheet_names_its_pictures_by_their_hashed_names(built: Path) -> None:
    url = staticfiles_storage.url("page.css").removeprefix("/static/")
    assert re.search(r'url\("?dot\.[0-9a-f]{12}\.svg', (built / url).read_text())


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/%2e%2e/x", "/static/no.css"])
def test_nothing_else_is_served(path: str) -> None:
    assert answer_to(path).status_code == 404
