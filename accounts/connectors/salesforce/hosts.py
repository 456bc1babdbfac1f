"""Where a token may be sent: over https, to the hosts of SALESFORCE_HOSTS, and nowhere else."""

from urllib.parse import urlsplit

from django.conf import settings

from accounts.connectors.salesforce.faults import SetupError


def allowed_origin(address: str) -> str:
    """`https://host` of an address; an error where no token may go to it."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or not host or "@" in parts.netloc or "\\" in address:
        raise SetupError(
            "The address of Salesforce must begin with https:// and a host name. Give the org's "
            "My Domain, such as https://acme.my.salesforce.com."
        )
    if not _is_listed(host, port):
        raise SetupError(
            f"{host} is none of the hosts in the setting SALESFORCE_HOSTS, so nothing was sent "
            "there. Correct the address, or add the host to the setting."
        )
    return f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"


def is_production_login(address: str) -> bool:
    """Of a sandbox's address one of these is always true: test., .sandbox. or a double hyphen."""
    host = urlsplit(address).hostname or ""
    if not host.endswith("salesforce.com"):
        return False
    return not (host.startswith("test.") or ".sandbox." in host or "--" in host)


def _is_listed(host: str, port: int | None) -> bool:
    hosts = [entry.strip().lower().lstrip(".") for entry in settings.SALESFORCE_HOSTS]
    if host in hosts:
        return True
    below = any(host.endswith(f".{entry}") for entry in hosts if not _is_address(entry))
    return below and port in (None, 443)


def _is_address(entry: str) -> bool:
    return ":" in entry or entry.replace(".", "").isdigit()
