"""What is unknown is refused: a misspelt filter must not answer with everything."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from revenue.api.parsing import refuse_unstorable_text

MAX_NAMED = 10


class StrictSerializer(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = [str(name) for name in data if name not in known]
            if unknown:
                told = f"Unknown here. Known: {', '.join(known) or 'nothing'}."
                raise ValidationError(
                    {
                        name[:100]: [ErrorDetail(told, code="unknown")]
                        for name in unknown[:MAX_NAMED]
                    }
                )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """REST framework would take a number for a text, and measure it without its outer spaces."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """REST framework would take a text for a number."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """REST framework would take a number or a word for a yes."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


def query_values(query: QueryDict) -> dict[str, str]:
    """Each parameter once; of two values, either choice would surprise somebody."""
    values = {}
    for name, given in query.lists():
        for text in (name, *given):
            refuse_unstorable_text(text)
        if len(given) > 1:
            raise ValidationError({name: [ErrorDetail("Give this once.", code="repeated")]})
        values[name] = given[0]
    return values
