"""Where a question may be sent, and where never."""

import socket
from typing import Any

import pytest

from assistant.writers.addresses import AddressError, place_of, reached, shape_of
from assistant.writers.faults import ProviderError

PUBLIC = "93.184.216.34"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What each name leads to; addresses lead to themselves, as the system has it."""
    known = {"llm.example.com": [PUBLIC]}
    real = socket.getaddrinfo

    def asked(host: str, port: int, **more: Any) -> Any:
        found = known.get(host)
        if found is None:
            return real(host, port, flags=socket.AI_NUMERICHOST, **more)
        return [(0, 0, 0, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    return known


NEVER = [
    "http://169.254.169.254/v1",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://0.0.0.0/",
    "http://0/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[fe80::1]/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
]
INSIDE = [
    "http://127.0.0.1:11434/v1",
    "http://[::1]:8000/",
    "http://127.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[fec0::1]/",
    "http://[2002:7f00:1::]/",
]
NO_ADDRESS = [
    "",
    "ollama",
    "//127.0.0.1/",
    "http:/127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "http://user:pw@llm.example.com/",
    "http://llm.example.com\\@127.0.0.1/",
    "https://llm.example.com/?a=1",
    "https://llm.example.com/#x",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "https://llm.example.com:22/",
    "https://llm.example.com:99999/",
    "https://llm.example.com/a b",
    "https://llm.example.com/\r\nHost: x",
]


@pytest.mark.parametrize("url", NEVER)
def test_services_of_the_machine_itself_are_never_asked(
    url: str, names: dict[str, list[str]], settings: Any
) -> None:
    settings.WRITER_LOCAL_HOSTS = ["*"]
    with pytest.raises((AddressError, OSError)):
        place_of(url)


@pytest.mark.parametrize("url", INSIDE)
def test_the_own_network_is_asked_where_the_operator_says_so(
    url: str, names: dict[str, list[str]], settings: Any
) -> None:
    settings.WRITER_LOCAL_HOSTS = []
    with pytest.raises(AddressError, match="WRITER_LOCAL_HOSTS"):
        place_of(url)
    settings.WRITER_LOCAL_HOSTS = ["*"]
    assert place_of(url).ip


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(AddressError):
        shape_of(url)


def test_a_host_is_allowed_by_name_and_by_port(names: dict[str, list[str]], settings: Any) -> None:
    names["ollama"] = ["172.18.0.4"]
    settings.WRITER_LOCAL_HOSTS = ["Ollama:11434"]
    place = place_of("http://ollama:11434/v1")
    assert (place.host, place.port, place.ip) == ("ollama", 11434, "172.18.0.4")
    with pytest.raises(AddressError):
        place_of("http://ollama:8000/v1")
    settings.WRITER_LOCAL_HOSTS = ["ollama"]
    assert place_of("http://ollama:8000/v1").ip


def test_a_key_goes_nowhere_in_the_clear(names: dict[str, list[str]]) -> None:
    assert place_of("https://llm.example.com/v1").ip == PUBLIC
    with pytest.raises(AddressError, match="https"):
        place_of("http://llm.example.com/v1")


def test_one_bad_address_spoils_a_name_and_each_call_looks_anew(
    names: dict[str, list[str]], settings: Any
) -> None:
    settings.WRITER_LOCAL_HOSTS = []
    names["llm.example.com"] = [PUBLIC, "127.0.0.1"]
    with pytest.raises(AddressError):
        place_of("https://llm.example.com/v1")
    names["llm.example.com"] = ["169.254.169.254"]
    with pytest.raises(ProviderError, match="own services"):
        reached("https://llm.example.com/v1")


def test_a_proxy_finds_names_but_is_not_sent_to_forbidden_addresses(
    names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example.com:3128")
    place = place_of("https://only-the-proxy-knows.example.com/v1")
    assert (place.ip, place.proxy) == ("", "http://proxy.example.com:3128")
    with pytest.raises(AddressError):
        place_of("https://169.254.169.254/v1")
