"""The house keeps its shape: arrows down, small files, every address says who may open it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, OneToOneField
from django.urls import URLPattern, URLResolver, get_resolver

from revenue.users.access import declared_for

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("revenue", "accounts", "forecasting", "crosssell", "assistant")
LEVELS = [
    {"web", "observe"},
    {"users"},
    {"api"},
    {"jobs"},
    {"ml"},
    {"accounts"},
    {"forecasting", "crosssell"},
    {"assistant"},
]
PACKAGES = {"auth", "contenttypes", "sessions", "admin", "django_celery_beat"}


def sources(*rooms: str) -> list[Path]:
    found = [p for room in rooms for p in (ROOT / room).rglob("*.py")]
    return [p for p in found if "migrations" not in p.parts]


def test_import_contracts_hold() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([tool], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def level(label: str) -> int:
    return next(i for i, labels in enumerate(LEVELS) if label in labels)


def own_foreign_keys() -> Iterator[tuple[str, str, str]]:
    known = set().union(*LEVELS)
    for model in apps.get_models():
        if model._meta.app_label not in known:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey | OneToOneField | ManyToManyField):
                target = field.related_model._meta.app_label
                yield f"{model.__name__}.{field.name}", model._meta.app_label, target


def test_no_foreign_key_points_up() -> None:
    keys = list(own_foreign_keys())
    assert len(keys) > 5
    for name, source, target in keys:
        if target in PACKAGES:
            continue
        same_room = source == target
        assert same_room or level(target) < level(source), f"{name} points up to {target}"


def longer_than(limit: int, paths: list[Path]) -> list[str]:
    return [str(p) for p in paths if len(p.read_text().splitlines()) > limit]


def test_no_python_file_over_400_lines() -> None:
    assert longer_than(400, sources(*ROOMS, "tests", "benchmarks")) == []


def test_no_template_over_150_lines() -> None:
    assert longer_than(150, list((ROOT / "templates").rglob("*.html"))) == []


def function_level_imports(tree: ast.AST) -> list[int]:
    return [
        inner.lineno
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def test_imports_stand_at_the_top() -> None:
    found = {str(p): function_level_imports(ast.parse(p.read_text())) for p in sources(*ROOMS)}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_function_level_import_would_be_found() -> None:
    assert function_level_imports(ast.parse("def f():\n    import os\n")) == [2]


def url_patterns(
    resolver: URLResolver, namespaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from url_patterns(entry, inner)
        else:
            yield ":".join(namespaces), entry


def test_every_address_declares_who_may_open_it() -> None:
    patterns = list(url_patterns(get_resolver()))
    assert len(patterns) > 50
    undeclared = [
        f"{namespace}:{pattern.name} {pattern.pattern}"
        for namespace, pattern in patterns
        if declared_for(view=pattern.callback, url_name=pattern.name, namespace=namespace) is None
    ]
    assert undeclared == []


WRITTEN_TASK = re.compile(
    r'^@job_task\((?:[^\n]*name="(?P<name>[^"]+)")?[^\n]*\)\n(?:@.*\n)*def (?P<function>\w+)', re.M
)
FOUND_BY_A_WORKER = """
import django
django.setup()
from revenue.celery import app
app.loader.import_default_modules()
print(*sorted(app.tasks), sep="\\n")
"""


def tasks_in(path: Path) -> Iterator[str]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for found in WRITTEN_TASK.finditer(path.read_text()):
        yield found["name"] or f"{module}.{found['function']}"


def test_a_worker_finds_every_task() -> None:
    """A web server comes by them on its ways; a worker imports no page."""
    run = subprocess.run(
        [sys.executable, "-c", FOUND_BY_A_WORKER],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    written = {name for path in sources(*ROOMS) for name in tasks_in(path)}
    assert len(written) > 20
    assert written - set(run.stdout.split()) == set()
