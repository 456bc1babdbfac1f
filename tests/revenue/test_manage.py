import sys

import pytest
from django.db import ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedTable

import manage


@pytest.mark.parametrize(
    ("cause", "said"), [(UndefinedTable(), SystemExit), (UndefinedColumn(), ProgrammingError)]
)
def test_a_database_without_tables_leads_to_migrate(
    monkeypatch: pytest.MonkeyPatch, cause: Exception, said: type[BaseException]
) -> None:
    def ask(_: list[str]) -> None:
        raise ProgrammingError("no such thing") from cause

    monkeypatch.setattr(manage, "execute_from_command_line", ask)
    monkeypatch.setattr(sys, "argv", ["manage.py", "check"])
    with pytest.raises(said) as error:
        manage.main()
    assert ("manage.py migrate" in str(error.value)) is (said is SystemExit)
