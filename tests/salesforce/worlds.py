"""The demo's world as something that a simulator can be filled from."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from tests.salesforce import tiny
from tests.salesforce.schema import Row

# Our words for types of fields → Salesforce's.
TYPES = {
    "text": "textarea",
    "integer": "int",
    "json": "string",
}

OF_SEVERAL = {"CurrencyType", "DatedConversionRate"}


class Speaking(Protocol):
    """A world that tells what its objects are made of."""

    def rows(self, object_name: str) -> Iterable[Row]: ...

    def spec(self) -> Mapping[str, Any]: ...


class Spoken:
    def __init__(self, world: Speaking) -> None:
        self.world = world
        self.specs = world.spec()

    def objects(self) -> list[str]:
        return list(self.specs)

    def rows(self, object_name: str) -> Iterable[Row]:
        return self.world.rows(object_name)

    def types(self, object_name: str) -> Mapping[str, str]:
        fields: Mapping[str, Any] = self.specs[object_name].fields
        return {name: TYPES.get(each.type, each.type) for name, each in fields.items()}


class OneCurrency:
    """A world of an org that counts in one currency: no object and no field speaks of another."""

    def __init__(self, world: tiny.Source) -> None:
        self.world = world

    def objects(self) -> list[str]:
        return [name for name in self.world.objects() if name not in OF_SEVERAL]

    def rows(self, object_name: str) -> Iterable[Row]:
        for row in self.world.rows(object_name):
            yield {name: value for name, value in row.items() if name != "CurrencyIsoCode"}

    def types(self, object_name: str) -> Mapping[str, str]:
        return self.world.types(object_name)


class Few:
    """Some objects of a world: an org that is described, and read, in few calls."""

    def __init__(self, world: tiny.Source, *names: str) -> None:
        self.world, self.names = world, names

    def objects(self) -> list[str]:
        return [name for name in self.world.objects() if name in self.names]

    def rows(self, object_name: str) -> Iterable[Row]:
        return self.world.rows(object_name)

    def types(self, object_name: str) -> Mapping[str, str]:
        return self.world.types(object_name)
