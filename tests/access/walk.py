"""Every address of the product with a real object behind each of its arguments."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

Found = tuple[str, list[str], URLPattern]


def every_pattern(
    resolver: URLResolver | None = None,
    *,
    namespaces: tuple[str, ...] = (),
    arguments: tuple[str, ...] = (),
) -> Iterator[Found]:
    for entry in (resolver or get_resolver()).url_patterns:
        own = (*arguments, *arguments_of(entry.pattern))
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from every_pattern(entry, namespaces=inner, arguments=own)
        else:
            name = ":".join((*namespaces, entry.name or str(entry.pattern)))
            yield name, list(own), entry


def arguments_of(pattern: Any) -> list[str]:
    if isinstance(pattern, RoutePattern):
        return list(pattern.converters)
    if isinstance(pattern, RegexPattern):
        return list(pattern.regex.groupindex)
    return []
