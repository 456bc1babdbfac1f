"""What migrations put around a table of an org, and take away again."""

import pytest
from django.db import connection
from django.db.migrations import RunSQL
from django.db.migrations.state import ProjectState

from revenue.users.walls_in_migrations import only_read, walled

MAY = "SELECT has_table_privilege('revenue_web', 'a_table', %s)"


def policies() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_policies WHERE tablename = 'a_table'")
        found: int = cursor.fetchone()[0]
        return found


def may(right: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(MAY, [right])
        found: bool = cursor.fetchone()[0]
        return found


def there_and_back(operation: RunSQL, *, forwards: bool) -> None:
    with connection.schema_editor() as editor:
        run = operation.database_forwards if forwards else operation.database_backwards
        run("users", editor, ProjectState(), ProjectState())


@pytest.mark.django_db
def test_both_go_there_and_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE a_table (id bigint, org_id bigint)")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON a_table TO revenue_web")
    there_and_back(walled("a_table"), forwards=True)
    assert policies() > 0
    there_and_back(only_read("a_table"), forwards=True)
    assert (may("SELECT"), may("INSERT"), may("DELETE")) == (True, False, False)
    there_and_back(only_read("a_table"), forwards=False)
    assert may("INSERT")
    there_and_back(walled("a_table"), forwards=False)
    assert policies() == 0
