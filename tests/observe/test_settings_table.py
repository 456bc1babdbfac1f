"""docs/settings.md, .env.example and the code name the same settings."""

import ast
import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE"}
CODE = [
    ROOT / "gunicorn.conf.py",
    ROOT / "manage.py",
    *(
        path
        for room in ("revenue", "accounts", "forecasting", "crosssell", "assistant")
        for path in sorted((ROOT / room).rglob("*.py"))
    ),
]


def names_read(source: str) -> set[str]:
    """First arguments of env.str(…), env.db(…), os.environ.get(…) and keys of os.environ[…]."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and is_environment(node.func):
            found.add(node.args[0])
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            found.add(node.slice)
    return {name.value for name in found if isinstance(name, ast.Constant)}  # type: ignore[misc]


def is_environment(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute):
        return ast.unparse(called) in ("env", "os.getenv")
    return ast.unparse(called.value) in ("env", "os.environ") and called.attr != "read_env"


def in_code() -> set[str]:
    return set().union(*(names_read(path.read_text()) for path in CODE)) - NOT_SETTINGS


def in_table() -> list[str]:
    return re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)


def test_reading_is_recognised_in_every_form_in_use() -> None:
    source = 'env.str("A", "")\nenv.db("B")\nos.environ.setdefault("C", "1")\nos.environ["D"]\n'
    assert names_read(source + 'env.read_env("x")\nother.str("E")') == {"A", "B", "C", "D"}


def test_every_setting_is_in_the_table_and_every_row_is_a_setting() -> None:
    assert set(in_table()) == in_code()


def test_no_setting_has_two_rows() -> None:
    assert len(in_table()) == len(set(in_table()))


def test_the_example_names_only_settings_that_exist() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    of_compose = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert named <= in_code() | of_compose
    assert of_compose <= named
