"""One URL serves a page and its fragment: the block that htmx asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.template.backends.django import Template as BackendTemplate
from django.template.base import Template
from django.template.context import make_context
from django.template.loader_tags import BlockNode
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString

DRAWER = "drawer-body"


class NoSuchBlockError(LookupError):
    """The template has no block of the name that a partial was declared with."""


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    partial: str | Iterable[str] = (),
    push_url: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the page, or only the block named after the htmx target where it is one of `partial`.

    `push_url` is the address that the browser shows after a fragment, where the one asked for is
    not the tidiest; what opens in the drawer leaves it alone. Nothing is kept by caches: a page of
    figures must not outlive the sign-out, and the back button must never meet a bare fragment.
    """
    block = wanted_block(request, partial=partial)
    if block is None:
        html = loader.render_to_string(template, dict(context or {}), request)
    else:
        html = render_block(template, block=block, context=context or {}, request=request)
    response = HttpResponse(html, status=status)
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    response.headers["Cache-Control"] = "private, no-store"
    if block not in (None, DRAWER) and push_url:
        response.headers["HX-Push-Url"] = push_url
    return response


def wanted_block(request: HttpRequest, *, partial: str | Iterable[str]) -> str | None:
    headers = request.headers
    if headers.get("HX-Request") != "true" or headers.get("HX-History-Restore-Request") == "true":
        return None
    names = [partial] if isinstance(partial, str) else list(partial)
    target = headers.get("HX-Target", "")
    return target if target in {name.removeprefix("#") for name in names} else None


def render_block(
    name: str, *, block: str, context: Mapping[str, Any], request: HttpRequest
) -> SafeString:
    template = django_template(name)
    node = next(
        (
            each
            for each in template.nodelist.get_nodes_by_type(BlockNode)
            if isinstance(each, BlockNode) and each.name == block
        ),
        None,
    )
    if node is None:
        raise NoSuchBlockError(f"{name} has no {{% block {block} %}}: add it around the fragment.")
    bound = make_context(dict(context), request, autoescape=template.engine.autoescape)
    with bound.render_context.push_state(template), bound.bind_template(template):
        bound.template_name = name
        return SafeString(node.render(bound))


def django_template(name: str) -> Template:
    found = loader.get_template(name)
    if not isinstance(found, BackendTemplate):
        raise TypeError(f"{name} is not a template of Django's own engine.")
    return found.template
