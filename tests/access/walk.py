"""Every address of the product with a real object behind each of its arguments."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern, RoutePattern

from tests.access.people import Side
from tests.access.rules import Rule
from tests.access.table import rule_for

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


def addresses(side: Side, *, things_of: Side | None = None) -> Iterator[tuple[str, str, Rule]]:
    """Of the side's own things; or of another's, at the address of this side's org."""
    for name, arguments, pattern in every_pattern():
        rule = rule_for(name)
        if rule is None or pattern.name is None:
            continue
        others = set(arguments) - {"org_slug", "object_name"}
        if things_of and not ("org_slug" in arguments and others):
            continue
        kwargs = {
            key: (side if key == "org_slug" else things_of or side).argument(name, key)
            for key in arguments
        }
        yield name, reverse(name, kwargs=kwargs), rule
