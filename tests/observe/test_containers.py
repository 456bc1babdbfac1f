"""What can be proved of Dockerfile and compose.yaml without an engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.observe.test_settings_table import in_table

ROOT = Path(settings.BASE_DIR)
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: s for name, s in SERVICES.items() if s["image"].startswith("revenue-intelligence:")}
# Read by the other images, not by us.
FOREIGN_NAMES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "REDISCLI_AUTH"}


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name}\s+(.+)$", joined, re.MULTILINE)


def test_the_image_runs_as_a_numbered_user_who_is_not_root() -> None:
    last_stage = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    users = re.findall(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)
    assert users
    assert all(int(user) > 0 and int(group) > 0 for user, group in users)
    assert last_stage.index("\nUSER ") < last_stage.index("\nCMD ")


def test_the_image_is_built_in_stages_from_pinned_bases() -> None:
    bases = [line.split()[0] for line in instructions("FROM")]
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)


def test_no_secret_stays_in_the_image() -> None:
    kept = " ".join(instructions("ENV") + instructions("ARG"))
    assert not re.search(r"SECRET|PASSWORD|TOKEN|DSN|_URL", kept)


def test_what_the_image_sets_are_settings_that_exist() -> None:
    ours = {
        name
        for line in instructions("ENV")
        for name in re.findall(r"([A-Z_]+)=", line)
        if not name.startswith(("PIP_", "PYTHON")) and name != "PATH"
    }
    assert ours
    assert ours <= set(in_table())


def test_the_build_takes_every_room_and_nothing_private() -> None:
    let_in = {
        line[1:].rstrip("/")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages <= let_in
    assert {"templates", "static", "manage.py", "gunicorn.conf.py"} <= let_in
    assert not {".env", ".data", ".git", ".venv", "tests"} & let_in
    assert all((ROOT / name).exists() for name in let_in)


def test_the_parts_are_all_there() -> None:
    workers = {"worker-interactive", "worker-bulk", "worker-training"}
    assert set(SERVICES) == {"postgres", "redis", "migrate", "web", "beat", *workers}


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_an_exact_version(name: str) -> None:
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.search(r"\d+\.\d+", tag)
    assert "latest" not in tag


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_part_is_checked_limited_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["restart"] == "unless-stopped"
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["stop_grace_period"]


@pytest.mark.parametrize("name", OURS)
def test_our_parts_cannot_write_to_their_image_nor_gain_rights(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(mount.startswith("/run/revenue") for mount in service["tmpfs"])


@pytest.mark.parametrize("name", sorted(set(OURS) - {"migrate"}))
def test_our_parts_wait_for_the_migrations(name: str) -> None:
    waits = OURS[name]["depends_on"]
    assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert waits["postgres"]["condition"] == waits["redis"]["condition"] == "service_healthy"


def test_only_the_web_server_is_published_and_only_to_this_machine() -> None:
    published = {name: s["ports"] for name, s in SERVICES.items() if "ports" in s}
    assert published == {"web": ["${WEB_PUBLISH:-127.0.0.1:8000}:8000"]}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_no_secret_is_an_argument() -> None:
    for name, service in SERVICES.items():
        command = " ".join(service.get("command", []))
        # Written into a file by the shell's own printf; what is executed then has none.
        executed = command.rpartition("exec ")[2]
        assert not re.search(r"AUTH|PASSWORD|SECRET|TOKEN", executed), name


def test_secrets_come_from_outside() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|AUTH", name):
                assert re.fullmatch(r"\$\{[A-Z_]+(:\?[^}]+)?\}", value), name


def test_every_variable_is_a_setting_that_exists() -> None:
    named = {name for s in SERVICES.values() for name in s.get("environment", {})}
    assert named - FOREIGN_NAMES <= set(in_table())


def test_every_queue_has_workers() -> None:
    served = {
        argument.removeprefix("--queues=")
        for service in OURS.values()
        for argument in service.get("command", [])
        if argument.startswith("--queues=")
    }
    assert served == {queue.name for queue in settings.CELERY_TASK_QUEUES}


def test_files_that_commands_name_exist() -> None:
    checks = [s["healthcheck"]["test"] for s in OURS.values() if "test" in s["healthcheck"]]
    named = {part for check in checks for part in check if part.endswith(".py")}
    assert named == {"revenue/observe/ask.py"}
    assert all((ROOT / name).exists() for name in named)
