"""Where a question may be sent: public addresses, hosts that the operator named, never a cloud's
own service of credentials. What was looked up is what is connected to."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from django.conf import settings

from assistant.writers.faults import NO_ADDRESS, NOT_REACHED, ProviderError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PORTS = (80, 443)
LOWEST_PORT = 1024
# Metadata of Alibaba, Oracle and AWS over IPv6, and Azure's own server, which is a public address.
NEVER = frozenset(
    map(
        ipaddress.ip_address,
        ("100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254", "168.63.129.16"),
    )
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
V4_COMPATIBLE = ipaddress.ip_network("::/96")
OLD_SITE_LOCAL = ipaddress.ip_network("fec0::/10")


class AddressError(ValueError):
    """Says what is wrong with an address, and what to do."""


@dataclass(frozen=True)
class Place:
    """Of a call: `ip` is where it goes, or none where a proxy finds the way."""

    url: str
    host: str
    port: int
    ip: str = ""
    proxy: str = ""


def shape_of(url: str) -> SplitResult:
    """An address that can be one at all; nobody is asked yet."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressError(
            "That is no address. Give one such as https://llm.example.com/v1."
        ) from None
    if parts.scheme not in ("http", "https") or not host or not parts.netloc.isascii():
        raise AddressError("The address must begin with https:// and a host name.")
    if "@" in parts.netloc or "\\" in url or parts.query or parts.fragment:
        raise AddressError("The address may hold no user name, no question mark and no #.")
    if any(sign.isspace() or not sign.isprintable() for sign in url.strip()):
        raise AddressError("The address may hold no blanks.")
    if port is not None and port not in PORTS and port < LOWEST_PORT:
        raise AddressError(f"Port {port} is not one at which a writing service would be.")
    return parts


def place_of(url: str) -> Place:
    """Looked up now, and held to: a name that leads elsewhere a moment later changes nothing."""
    parts = shape_of(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    proxy = proxy_for(parts)
    found = [] if proxy and literal(host) is None else looked_up(host, port)
    for address in found:
        refuse(address, host=host, port=port, is_plain=parts.scheme == "http")
    if not found and parts.scheme == "http":
        raise AddressError("Give an address that begins with https://: a key goes there.")
    return Place(url.strip(), host, port, ip="" if proxy else str(found[0]), proxy=proxy)


def reached(url: str) -> Place:
    """The same for a call, where what is wrong is a fault like any other."""
    try:
        return place_of(url)
    except AddressError as error:
        raise ProviderError(NO_ADDRESS, str(error)) from None
    except OSError:
        raise ProviderError(NOT_REACHED, "no such host", is_passing=True) from None


def refuse(address: Address, *, host: str, port: int, is_plain: bool) -> None:
    inner = unwrapped(address)
    if (
        inner in NEVER
        or inner.is_link_local
        or inner.is_multicast
        or inner.is_unspecified
        or str(inner) == "255.255.255.255"
    ):
        raise AddressError(
            f"{host} is an address of the machine's own services, to which nothing is sent."
        )
    if inner.is_global and inner not in OLD_SITE_LOCAL:
        if is_plain:
            raise AddressError(
                "Give an address that begins with https://: a key would go there in the clear."
            )
        return
    allowed = {entry.strip().lower() for entry in settings.WRITER_LOCAL_HOSTS}
    if not allowed & {"*", host.lower(), f"{host.lower()}:{port}"}:
        raise AddressError(
            f"{host} is within the own network. Whoever runs this installation can allow it: add "
            f"{host} to the setting WRITER_LOCAL_HOSTS."
        )


def unwrapped(address: Address) -> Address:
    """An IPv4 address that is written as one of IPv6 is the address that it leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if inner := address.ipv4_mapped or address.sixtofour:
        return inner
    is_old_form = address in V4_COMPATIBLE and int(address) > 1
    if address in NAT64 or is_old_form:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def looked_up(host: str, port: int) -> list[Address]:
    """All of them: one that may not be asked spoils the name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(each[4][0]).split("%")[0]) for each in found]


def literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.split("%", maxsplit=1)[0])
    except ValueError:
        return None


def proxy_for(parts: SplitResult) -> str:
    """As the environment says; a proxy looks up names by itself."""
    if proxy_bypass(parts.netloc):
        return ""
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all") or ""
