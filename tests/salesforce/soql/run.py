"""A query against the store: the rows that it finds, and which of their fields were asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.salesforce.schema import NUMBERS, ObjectSchema, Row
from tests.salesforce.soql.check import Field, filterable, sortable
from tests.salesforce.soql.errors import QueryError, malformed, no_such_object
from tests.salesforce.soql.filters import Filters, comparer
from tests.salesforce.soql.parser import Aggregate, Order, Path, Query, parse
from tests.salesforce.store import Store

MOST_OF_ALL_FIELDS = 200
MOST_OFFSET = 2000


@dataclass
class Result:
    schema: ObjectSchema
    rows: list[Row] = field(default_factory=list)
    fields: list[tuple[Field, Callable[[Row], Any]]] = field(default_factory=list)
    count: int | None = None  # of count()
    aggregates: dict[str, Any] | None = None

    @property
    def has_compound(self) -> bool:
        return any(found.kind == "address" for found, _ in self.fields)


def run(store: Store, soql: str, *, deleted: bool = False) -> Result:
    """`deleted` as queryAll and ALL ROWS have it: what lies in the recycle bin, too."""
    query = parse(soql)
    schema = store.schema(query.entity)
    if schema is None or not schema.body["queryable"]:
        raise no_such_object(soql, query.entity_at, query.entity)
    with store.lock:
        return _run(store, query, schema, deleted=deleted or query.all_rows)


def _run(store: Store, query: Query, schema: ObjectSchema, *, deleted: bool) -> Result:
    filters = Filters(
        query,
        schema,
        schema_of=store.schema,
        parent=_parents(store),
        now=store.clock.now(),
    )
    result = Result(schema, fields=_fields(query, filters))
    test = filters.test(query.where) if query.where else None
    keys = [_key(query, filters, order) for order in query.order]
    if query.offset > MOST_OFFSET:
        message = "Maximum SOQL offset allowed is 2000"
        raise QueryError("NUMBER_OUTSIDE_VALID_RANGE", message)
    rows = store.rows(schema.name, deleted=deleted)
    if test:
        rows = [row for row in rows if test(row)]
    if not keys:
        rows.sort(key=lambda row: str(row["Id"]))
    for key, descending in reversed(keys):
        rows.sort(key=key, reverse=descending)
    end = None if query.limit is None else query.offset + query.limit
    result.rows = rows[query.offset : end]
    if query.count_only:
        result.count, result.rows = len(result.rows), []
    if any(isinstance(item, Aggregate) for item in query.select):
        result.aggregates = _aggregates(query, filters, result.rows)
    return result


def _parents(store: Store) -> Callable[[str, str], Row | None]:
    by_prefix = {schema.body.get("keyPrefix"): name for name, schema in store.schemas.items()}

    def parent(_relation: str, record: str) -> Row | None:
        name = by_prefix.get(record[:3])
        return store.find(name, record) if name else None

    return parent


def _fields(query: Query, filters: Filters) -> list[tuple[Field, Callable[[Row], Any]]]:
    paths: list[Path] = []
    if query.all_fields:
        unbounded = query.limit is None or query.limit > MOST_OF_ALL_FIELDS
        if unbounded and query.all_fields != "STANDARD":
            message = "The SOQL FIELDS function must have a LIMIT of at most 200"
            raise malformed(query.soql, 0, message)
        custom = {"ALL": {True, False}, "CUSTOM": {True}, "STANDARD": {False}}[query.all_fields]
        visible = filters.schema.visible()
        paths = [Path((each["name"],), 0) for each in visible if each["custom"] in custom]
    paths += [item for item in query.select if isinstance(item, Path)]
    if len(paths) < len(query.select) and paths:
        message = "a field that is not aggregated must be grouped"
        if any(isinstance(item, Aggregate) for item in query.select):
            raise malformed(query.soql, paths[0].at, message)
    found = [filters.field(path) for path in paths]
    names = [each.names for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice and not query.all_fields:
        message = f"duplicate field selected: {'.'.join(twice)}"
        raise QueryError("INVALID_FIELD", message)
    return [(each, filters.reader(each)) for each in found]


def _key(query: Query, filters: Filters, order: Order) -> tuple[Callable[[Row], Any], bool]:
    """Nothing comes first, unless it is asked to come last."""
    found = filters.field(order.path)
    sortable(query, found, order.path)
    read, compared = filters.reader(found), comparer(found.kind)
    nulls_last = bool(order.nulls_last)
    null_rank = 1 if nulls_last != order.descending else -1

    def key(row: Row) -> tuple[int, Any]:
        value = read(row)
        return (null_rank, 0) if value is None else (0, compared(value))

    return key, order.descending


def _aggregates(query: Query, filters: Filters, rows: list[Row]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for item in query.select:
        if not isinstance(item, Aggregate):
            continue
        found = filters.field(item.path)
        filterable(query, found, item.path)
        read = filters.reader(found)
        values = [value for row in rows if (value := read(row)) is not None]
        answer[item.alias] = _aggregate(item.function, found.kind, values)
    return answer


def _aggregate(function: str, kind: str, values: list[Any]) -> Any:
    if function == "COUNT":
        return len(values)
    compared = comparer(kind)
    if function == "COUNT_DISTINCT":
        return len({compared(value) for value in values})
    if not values:
        return None
    if function in {"MIN", "MAX"}:
        return (min if function == "MIN" else max)(values, key=compared)
    if kind not in NUMBERS:
        raise QueryError("MALFORMED_QUERY", f"field does not support aggregate operator {function}")
    total = sum((Decimal(str(value)) for value in values), Decimal(0))
    return total if function == "SUM" else total / len(values)
