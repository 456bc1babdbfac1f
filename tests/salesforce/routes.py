"""Which kind of call a path is; faults, the ledger and the handlers go by it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

VERSION = r"/services/data/(?P<version>v\d+\.\d)"

# kind, methods, pattern; the first that fits.
ROUTES: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (kind, methods, re.compile(pattern))
    for kind, methods, pattern in (
        ("token", "POST", r"/services/oauth2/token"),
        ("soap_login", "POST", r"/services/Soap/u/[\d.]+"),
        ("userinfo", "GET POST", r"/services/oauth2/userinfo"),
        ("revoke", "POST", r"/services/oauth2/revoke"),
        ("identity", "GET POST", r"/id/(?P<organization>\w+)/(?P<user>\w+)"),
        ("versions", "GET", r"/services/data/?"),
        ("resources", "GET", VERSION + r"/?"),
        ("query", "GET", VERSION + r"/(?P<operation>query|queryAll)/?"),
        ("query_more", "GET", VERSION + r"/(?:query|queryAll)/(?P<locator>[\w-]+)"),
        ("bulk_create", "POST", VERSION + r"/jobs/query/?"),
        ("bulk_list", "GET", VERSION + r"/jobs/query/?"),
        ("bulk_double_slash", "GET", VERSION + r"/jobs/query//(?P<job>\w+)/results"),
        ("bulk_results", "GET", VERSION + r"/jobs/query/(?P<job>\w+)/results/?"),
        ("bulk_status", "GET", VERSION + r"/jobs/query/(?P<job>\w+)/?"),
        ("bulk_abort", "PATCH", VERSION + r"/jobs/query/(?P<job>\w+)/?"),
        ("bulk_delete", "DELETE", VERSION + r"/jobs/query/(?P<job>\w+)/?"),
        ("describe_global", "GET", VERSION + r"/sobjects/?"),
        ("describe", "GET", VERSION + r"/sobjects/(?P<object>\w+)/describe/?"),
        ("deleted", "GET", VERSION + r"/sobjects/(?P<object>\w+)/deleted/?"),
        ("updated", "GET", VERSION + r"/sobjects/(?P<object>\w+)/updated/?"),
        ("record", "GET HEAD", VERSION + r"/sobjects/(?P<object>\w+)/(?P<record>\w+)/?"),
        ("object_info", "GET", VERSION + r"/sobjects/(?P<object>\w+)/?"),
        ("record_count", "GET", VERSION + r"/limits/recordCount/?"),
        ("organization", "GET", VERSION + r"/connect/organization/?"),
        ("limits", "GET", VERSION + r"/limits/?"),
        ("composite_batch", "POST", VERSION + r"/composite/batch/?"),
        ("composite", "POST", VERSION + r"/composite/?"),
        ("write", "POST PUT PATCH DELETE", VERSION + r"/(?:sobjects|composite|jobs/ingest)\b.*"),
        ("write", "POST PUT PATCH DELETE", r"/services/(?:async|apexrest)/.*"),
    )
)


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    parts: Mapping[str, str] = field(default_factory=dict)  # of the address

    @property
    def path(self) -> str:
        return urlsplit("//host" + self.target).path

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit("//host" + self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    @property
    def token(self) -> str:
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind in {"Bearer", "OAuth"} else ""

    @property
    def shown(self) -> str:
        """What may be written down of the address: a query, but never a token in it."""
        return re.sub(r"((?:access_)?token=)[^&]+", r"\1…", self.target)


@dataclass(frozen=True)
class Route:
    kind: str
    parts: Mapping[str, str]
    allowed: bool = True


def route(request: Request) -> Route:
    wrong_method = None
    for kind, methods, pattern in ROUTES:
        match = pattern.fullmatch(request.path)
        if match is None:
            continue
        if request.method in methods.split():
            return Route(kind, match.groupdict())
        wrong_method = wrong_method or Route(kind, match.groupdict(), allowed=False)
    return wrong_method or Route("unknown", {})
