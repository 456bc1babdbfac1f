"""PostgreSQL as Django knows it, where each statement of a request stands behind its wall.

Here, because nothing else sees every statement and every rollback: the role and the settings of a
session are undone with the transaction in which they were made.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.postgresql import base, features

from revenue.users import wall

UNKNOWN = object()

# Per connection of the server, which a pool hands from one request to the next. Not in here: one
# that is as it was when it signed in.
entered: "WeakKeyDictionary[Any, object]" = WeakKeyDictionary()


class DatabaseFeatures(features.DatabaseFeatures):
    # The key of a large table is its id with the org, so an id alone does not say the whole row.
    allows_group_by_selected_pks = False


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute_wrappers.append(self._behind_the_wall)
        self._is_rolling_back = False

    @property
    def is_for_transactions_only(self) -> bool:
        """Behind a pooler that gives each transaction another session."""
        return bool(self.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"))

    def _behind_the_wall(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        around = wall.standing.get()
        reach = around.reach() if around else None
        if reach and self.is_for_transactions_only and self.autocommit:
            with self._own_transaction():
                self._enter(reach)
                return execute(sql, params, many, context)
        self._enter(reach)
        return execute(sql, params, many, context)

    @contextmanager
    def _own_transaction(self) -> Iterator[None]:
        """Of one statement: the next may be another session's, which knows nothing of ours."""
        self.set_autocommit(False)
        try:
            yield
            self.commit()
        except BaseException:
            self.rollback()
            raise
        finally:
            self.set_autocommit(True)

    def _enter(self, reach: wall.Reach | None) -> None:
        if self._is_rolling_back or self.needs_rollback:
            return
        if entered.get(self.connection) == reach:
            return
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            if reach is None:
                cursor.execute(wall.LEAVE)
                del entered[self.connection]
                return
            cursor.execute(
                wall.ENTER,
                {
                    "person": reach.person_id,
                    "org": reach.only_org_id,
                    "every_org": reach.every_org,
                    "is_local": self.is_for_transactions_only,
                },
            )
        entered[self.connection] = reach

    def _forget(self) -> None:
        """What was set in the transaction is undone; what had been set before it is back."""
        if self.connection in entered:
            entered[self.connection] = UNKNOWN

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        if self.is_for_transactions_only:
            entered.pop(self.connection, None)

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        if self.is_for_transactions_only:
            entered.pop(self.connection, None)
        else:
            self._forget()

    def _savepoint_rollback(self, sid: str) -> None:
        self._is_rolling_back = True
        try:
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        finally:
            self._is_rolling_back = False
        self._forget()

    def _close(self) -> None:
        """A pool rolls back what was left open, and tells nobody."""
        self._forget()
        super()._close()  # type: ignore[misc]
