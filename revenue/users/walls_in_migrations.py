"""For migrations: the wall around a table of an org, and a table that pages only read."""

from django.db.migrations import RunSQL

RIGHTS = "INSERT, UPDATE, DELETE ON"


def walled(table: str) -> RunSQL:
    """`table` is its name in the database, as forecasting_leadscore."""
    return RunSQL(f"SELECT wall_build('{table}')", f"SELECT wall_remove('{table}')")


def only_read(table: str) -> RunSQL:
    """Written by workers alone."""
    return RunSQL(
        f"REVOKE {RIGHTS} {table} FROM revenue_web", f"GRANT {RIGHTS} {table} TO revenue_web"
    )
