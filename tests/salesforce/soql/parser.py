"""From words to a query: only the grammar, nothing of what an object has."""

from dataclasses import dataclass, field
from typing import Any

from tests.salesforce.soql.errors import QueryError, malformed, unexpected
from tests.salesforce.soql.tokens import Token, tokens

RESERVED = {
    *("AND", "ASC", "DESC", "EXCLUDES", "FROM", "GROUP", "HAVING", "IN", "INCLUDES"),
    *("LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH"),
}
AGGREGATES = ("COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG")
DAYS = ("TODAY", "YESTERDAY", "TOMORROW", "LAST_N_DAYS", "NEXT_N_DAYS")
LONGEST = 100_000
DEEPEST = 100


@dataclass(frozen=True)
class Path:
    """A field, or a field of a parent: `Owner.Name`."""

    names: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Aggregate:
    function: str
    path: Path
    alias: str


@dataclass(frozen=True)
class Value:
    kind: str  # string, number, date, datetime, boolean, null, days
    value: Any
    at: int


@dataclass(frozen=True)
class Compare:
    path: Path
    operator: str
    value: Value


@dataclass(frozen=True)
class Among:
    path: Path
    values: tuple[Value, ...]
    negated: bool


@dataclass(frozen=True)
class Negation:
    inner: "Condition"


@dataclass(frozen=True)
class Chain:
    word: str  # AND or OR
    parts: tuple["Condition", ...]


Condition = Compare | Among | Negation | Chain


@dataclass(frozen=True)
class Order:
    path: Path
    descending: bool = False
    nulls_last: bool | None = None


@dataclass
class Query:
    soql: str
    entity: str = ""
    entity_at: int = 0
    select: list[Path | Aggregate] = field(default_factory=list)
    count_only: bool = False
    all_fields: str = ""  # ALL, STANDARD or CUSTOM
    where: Condition | None = None
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0
    all_rows: bool = False


class Parser:
    def __init__(self, soql: str) -> None:
        self.soql = soql
        self.tokens = tokens(soql)
        self.place = 0
        self.depth = 0

    # --- moving --------------------------------------------------------------------------

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def step(self) -> Token:
        found = self.here
        self.place += 1
        return found

    def refuse(self, token: Token | None = None) -> QueryError:
        token = token or self.here
        return unexpected(self.soql, token.at, token.text)

    def word(self, *words: str) -> Token:
        if not self.here.says(*words):
            raise self.refuse()
        return self.step()

    def mark(self, mark: str) -> Token:
        if not self.here.marks(mark):
            raise self.refuse()
        return self.step()

    def skip_word(self, *words: str) -> bool:
        if self.here.says(*words):
            self.place += 1
            return True
        return False

    def name(self) -> Token:
        if self.here.kind != "word" or self.here.text.upper() in RESERVED:
            raise self.refuse()
        return self.step()

    # --- the parts -----------------------------------------------------------------------

    def query(self) -> Query:
        found = Query(self.soql)
        self.word("SELECT")
        self.select(found)
        self.word("FROM")
        entity = self.name()
        found.entity, found.entity_at = entity.text, entity.at
        if self.skip_word("WHERE"):
            found.where = self.chain()
        if self.skip_word("ORDER"):
            self.word("BY")
            found.order = self.orders()
        if self.skip_word("LIMIT"):
            found.limit = self.whole_number()
        if self.skip_word("OFFSET"):
            found.offset = self.whole_number()
        if self.skip_word("ALL"):
            self.word("ROWS")
            found.all_rows = True
        if self.here.kind != "end":
            raise self.refuse()
        return found

    def select(self, found: Query) -> None:
        while True:
            self.item(found)
            if not self.here.marks(","):
                break
            self.step()
        if found.count_only and found.select:
            raise malformed(self.soql, 0, "count() must be the only element in the select list")

    def item(self, found: Query) -> None:
        called = self.here.kind == "word" and self.tokens[self.place + 1].marks("(")
        if called and self.here.says("FIELDS"):
            self.step()
            self.mark("(")
            found.all_fields = self.word("ALL", "STANDARD", "CUSTOM").text.upper()
            self.mark(")")
        elif called and self.here.says("COUNT") and self.tokens[self.place + 2].marks(")"):
            self.place += 3
            found.count_only = True
        elif called:
            found.select.append(self.aggregate(len(found.select)))
        else:
            found.select.append(self.path())

    def aggregate(self, place: int) -> Aggregate:
        function = self.word(*AGGREGATES).text.upper()
        self.mark("(")
        path = self.path()
        self.mark(")")
        named = self.here.kind == "word" and self.here.text.upper() not in RESERVED
        return Aggregate(function, path, self.step().text if named else f"expr{place}")

    def path(self) -> Path:
        first = self.name()
        names = [first.text]
        while self.here.marks("."):
            self.step()
            names.append(self.name().text)
        return Path(tuple(names), first.at)

    def whole_number(self) -> int:
        token = self.step()
        if token.kind != "number" or token.value != int(token.value) or token.value < 0:
            raise self.refuse(token)
        return int(token.value)

    def orders(self) -> list[Order]:
        found = []
        while True:
            path = self.path()
            descending = self.here.says("DESC")
            if self.here.says("ASC", "DESC"):
                self.step()
            nulls_last = None
            if self.skip_word("NULLS"):
                nulls_last = self.word("FIRST", "LAST").text.upper() == "LAST"
            found.append(Order(path, descending, nulls_last))
            if not self.here.marks(","):
                return found
            self.step()

    # --- conditions ----------------------------------------------------------------------

    def chain(self) -> Condition:
        """ANDs or ORs; Salesforce wants parentheses where both are."""
        parts = [self.condition()]
        word = self.here.text.upper() if self.here.says("AND", "OR") else ""
        while word and self.skip_word(word):
            parts.append(self.condition())
        if self.here.says("AND", "OR"):
            raise self.refuse()
        return Chain(word, tuple(parts)) if word else parts[0]

    def condition(self) -> Condition:
        if not (self.here.says("NOT") or self.here.marks("(")):
            return self.comparison()
        self.depth += 1
        if self.depth > DEEPEST:
            raise malformed(self.soql, self.here.at, "The filter is nested too deeply")
        inner = self.negated() if self.skip_word("NOT") else self.bracketed()
        self.depth -= 1
        return inner

    def negated(self) -> Condition:
        return Negation(self.condition())

    def bracketed(self) -> Condition:
        self.mark("(")
        inner = self.chain()
        self.mark(")")
        return inner

    def comparison(self) -> Condition:
        path = self.path()
        if self.here.kind == "operator":
            operator = self.step().text
            return Compare(path, "!=" if operator == "<>" else operator, self.value())
        if self.skip_word("LIKE"):
            return Compare(path, "LIKE", self.value())
        negated = self.skip_word("NOT")
        self.word("IN")
        return Among(path, self.listed(), negated)

    def listed(self) -> tuple[Value, ...]:
        self.mark("(")
        found = [self.value()]
        while self.here.marks(","):
            self.step()
            found.append(self.value())
        self.mark(")")
        return tuple(found)

    def value(self) -> Value:
        token = self.step()
        if token.kind in {"string", "number", "date", "datetime"}:
            return Value(token.kind, token.value, token.at)
        if token.says("TRUE", "FALSE"):
            return Value("boolean", token.text.upper() == "TRUE", token.at)
        if token.says("NULL"):
            return Value("null", None, token.at)
        if token.says(*DAYS):
            counted = token.text.upper().endswith("_N_DAYS")
            days = self.mark(":") and self.whole_number() if counted else 0
            return Value("days", (token.text.upper(), days), token.at)
        raise self.refuse(token)


def parse(soql: str) -> Query:
    if len(soql) > LONGEST:
        raise QueryError(
            "MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters."
        )
    return Parser(soql).query()
