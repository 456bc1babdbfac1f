"""A small Django project that borrows the real supervisor: its tests start fast, alone."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from revenue.embedded import database_url, processes
from revenue.embedded.locks import held, supervisor_lock
from revenue.embedded.places import Places

REVENUE = Path(__file__).resolve().parents[3] / "revenue"
BORROWED = ("embedded", "supervisor", "management")
FILES = {
    "manage.py": """
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")
execute_from_command_line(sys.argv)
""",
    "revenue/__init__.py": "from revenue.celery import app as celery_app\n",
    "revenue/celery.py": """
import os, time
from celery import Celery, signals
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")
app = Celery("revenue")
app.config_from_object("django.conf:settings", namespace="CELERY")

@signals.worker_ready.connect
@signals.beat_init.connect
def tell_ready(**_):
    open(os.environ["READY_FILE"], "w").close()

@app.task(name="nap", acks_late=True)
def nap(seconds):
    time.sleep(seconds)
""",
    "revenue/wsgi.py": """
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")
application = get_wsgi_application()
""",
    "revenue/urls.py": """
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("healthz/live", lambda request: HttpResponse("ok"))]
""",
    "revenue/settings.py": """
import os
from pathlib import Path
import environ
from revenue import embedded
env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ["REVENUE_DATA_DIR"])
EMBEDDED_DATABASE = not env.str("DATABASE_URL", "")
EMBEDDED_REDIS = not env.str("REDIS_URL", "")
SECRET_KEY = "scratch"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "revenue.urls"
INSTALLED_APPS = [
    "revenue", "scratch", "django_celery_beat",
    "django.contrib.contenttypes", "django.contrib.staticfiles",
]
DATABASES = {"default": env.db("DATABASE_URL", embedded.database_url(data_dir=DATA_DIR))}
CELERY_BROKER_URL = embedded.celery_broker_url(data_dir=DATA_DIR, db=1)
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
""",
    "static/site.css": "body {}\n",
}
SEED_DEMO = """
import json
from django.conf import settings
from django.core.management.base import BaseCommand

class Command(BaseCommand):
    def handle(self, *args, **options):
        self.stderr.write("seeding 1 of 1")
        rows = [{"role": "rep", "email": "rep@example.com", "password": "open sesame"}]
        (settings.DATA_DIR / "demo-sign-ins.json").write_text(json.dumps(rows))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Project:
    folder: Path
    data_dir: Path
    port: int = field(default_factory=free_port)
    running: "subprocess.Popen[str] | None" = None
    output: Path = field(init=False)

    def __post_init__(self) -> None:
        self.output = self.folder / "up.out"
        for name, text in FILES.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip())
        for name in BORROWED:
            (self.folder / "revenue" / name).symlink_to(REVENUE / name)
        seed = self.folder / "scratch/management/commands/seed_demo.py"
        seed.parent.mkdir(parents=True)
        seed.write_text(SEED_DEMO.lstrip())
        (self.folder / "scratch/__init__.py").touch()

    @property
    def places(self) -> Places:
        return Places(self.data_dir)

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "TMPDIR", "LANG", "REVENUE_POSTGRES_BIN")
            if name in os.environ
        }
        return {**kept, "REVENUE_DATA_DIR": str(self.data_dir), "PYTHONWARNINGS": "default"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "manage.py"), *arguments]

    def manage(self, *arguments: str, seconds: float = 60) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def nap(self, *, seconds: int) -> None:
        """Send the workers a task of that length."""
        code = f"from revenue.celery import nap; nap.delay({seconds})"
        assert self.manage("shell", "-c", code).returncode == 0

    def ask(self, query: str) -> object:
        with psycopg.connect(database_url(data_dir=self.data_dir)) as connection:
            cursor = connection.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def up(self, *arguments: str, wait: bool = True) -> float:
        """Start and wait until it says that it is ready; the seconds that took."""
        began_at = time.monotonic()
        with self.output.open("w") as output:
            self.running = subprocess.Popen(
                self.command("up", "--port", str(self.port), *arguments),
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        if wait:
            self.wait_for("Ready: ")
        return time.monotonic() - began_at

    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str, *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.said():
            ended = self.running is not None and self.running.poll() is not None
            if time.monotonic() > deadline or ended:
                raise AssertionError(f"{text!r} was not said in:\n{self.said()}{self.logs()}")
            time.sleep(0.05)

    def logs(self) -> str:
        files = sorted(self.places.logs.glob("*.log"))
        return "".join(f"\n== {path.name}\n{path.read_text()[-1500:]}" for path in files)

    def stop(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 40) -> int:
        assert self.running is not None
        self.running.send_signal(number)
        return self.running.wait(seconds)

    def processes(self) -> list[int]:
        """Every process that this project started and that still lives."""
        marker = f"REVENUE_DATA_DIR={self.data_dir}\0".encode()
        # Both servers write their title over their environment.
        found = set(processes.servers_in(self.places.postgres, name="postgres"))
        found |= set(processes.servers_in(self.places.redis, name="redis-server"))
        for pid in processes.all_pids():
            try:
                told = Path(f"/proc/{pid}/environ").read_bytes()
            except OSError:
                continue
            if marker in told + b"\0" and processes.started_at(pid) is not None:
                found.add(pid)
        return sorted(found)

    def wait_gone(self, *, seconds: float) -> list[int]:
        deadline = time.monotonic() + seconds
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.processes()

    def part_pid(self, log: str) -> list[int]:
        """Session leaders whose output goes to that log."""
        path = self.places.logs / f"{log}.log"
        found = []
        for pid in self.processes():
            try:
                same = Path(f"/proc/{pid}/fd/1").stat().st_ino == path.stat().st_ino
                if same and os.getsid(pid) == pid:
                    found.append(pid)
            except OSError:
                continue
        return found

    def is_locked(self) -> bool:
        return held(supervisor_lock(run=self.places.run))

    def clear(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.kill()
            self.running.wait()
        for pid in self.processes():
            processes.send([pid], signal.SIGKILL)
