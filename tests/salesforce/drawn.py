"""Parts of a row, drawn by a seed: what an object of a small world is put together from."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from tests.salesforce.ids import PREFIXES, record_id
from tests.salesforce.schema import NO_CREATED, NO_IS_DELETED, NO_LAST_MODIFIED, NO_STAMP, Row

WORDS = ("Blue", "North", "Acme", "Vela", "Orchard", "O'Neill", "Zürich", "Quick")


class Drawn:
    def __init__(self, *, seed: int, until: datetime) -> None:
        self.random = random.Random(seed)
        self.until = until.replace(microsecond=0)

    def _stamped(self, name: str, number: int) -> Row:
        created = self.until - timedelta(seconds=self.random.randint(86_400, 700 * 86_400))
        modified = created + (self.until - created) * self.random.random()
        modified = modified.replace(microsecond=0)
        row: Row = {"Id": record_id(PREFIXES[name], number)}
        if name not in NO_CREATED:
            row |= {"CreatedDate": created, "CreatedById": self._some("User", 12)}
        if name not in NO_LAST_MODIFIED:
            row["LastModifiedDate"] = modified
        if name not in NO_STAMP:
            row["SystemModstamp"] = modified
        if name not in NO_IS_DELETED:
            row["IsDeleted"] = False
        return row

    def _some(self, name: str, count: int) -> str:
        return record_id(PREFIXES[name], self.random.randint(1, max(1, count)))

    def _day(self) -> date:
        return self.until.date() + timedelta(days=self.random.randint(-300, 120))

    def _moment(self) -> datetime:
        return self.until - timedelta(seconds=self.random.randint(0, 300 * 86_400))

    def _money(self) -> Decimal:
        return Decimal(self.random.randint(0, 9_999_999)) / 100

    def _title(self) -> str:
        return f"{self.random.choice(WORDS)} {self.random.choice(WORDS)}"
