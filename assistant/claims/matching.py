"""Whether a figure says what a value is: unit, way, and rounding to the digits that are shown."""

from decimal import Decimal

from assistant.claims.figures import Figure
from assistant.claims.units import Unit, Value

EPSILON = Decimal("1e-9")
OFF_BY = Decimal("0.05")  # what rounding to a scale may take or add, at most
OFF_BY_IN_TIME = Decimal("0.1")  # weeks told of days
# A number alone may be a count or a score; one with a unit is that and nothing else.
ALSO = {
    Unit.COUNT: (Unit.SCORE, Unit.COUNT),
    Unit.SCORE: (Unit.SCORE,),
    Unit.POINTS: (Unit.POINTS,),
}


def says(figure: Figure, value: Value) -> bool:
    if value.unit is Unit.DATE:
        return means_day(figure, value)
    if figure.unit is Unit.DATE:
        return False
    if value.unit not in units_of(figure):
        return False
    if figure.unit is Unit.MONEY and figure.currency != value.currency:
        return False
    return is_as_large(figure, value) and goes_the_way(figure, value)


def units_of(figure: Figure) -> tuple[Unit, ...]:
    if figure.is_bare and figure.is_rounded:
        return (Unit.COUNT, Unit.MONEY)  # "1.2M" of what is plain from the sentence
    return ALSO.get(figure.unit, (figure.unit,))


def means_day(figure: Figure, value: Value) -> bool:
    if value.on is None:
        return False
    if figure.unit is Unit.DATE:
        return figure.said is not None and figure.said.means(value.on)
    is_year = figure.is_bare and figure.step == 1 and len(figure.text) == 4
    return is_year and figure.amount == value.on.year


def is_as_large(figure: Figure, value: Value) -> bool:
    meant, far = abs(value.amount), abs(abs(figure.amount) - abs(value.amount))
    most = figure.step / 2 + EPSILON
    if figure.unit is Unit.TIME and figure.is_rounded:
        most = min(most, meant * OFF_BY_IN_TIME)
    elif figure.is_rounded:
        most = min(most, meant * OFF_BY)
    return far <= most + EPSILON


def goes_the_way(figure: Figure, value: Value) -> bool:
    if value.is_signed:
        claimed = figure.way or 1
        return not value.amount or (value.amount > 0) == (claimed > 0)
    if figure.sign and figure.unit is not Unit.TIME:
        return figure.sign < 0 and value.amount < 0
    if value.is_ahead is not None and figure.is_ahead is not None:
        return value.is_ahead == figure.is_ahead
    return figure.sign == 0 and (value.amount >= 0 or figure.way < 0)


def same(one: Figure, two: Figure) -> bool:
    """Of a figure in a text that is quoted: the same words, or the same to the digits shown."""
    if one.unit is Unit.DATE or two.unit is Unit.DATE:
        return one.said is not None and one.said == two.said
    if one.currency != two.currency or two.unit not in units_of(one):
        return False
    if one.sign != two.sign and 0 not in (one.sign, two.sign):
        return False
    as_value = Value(two.unit, two.amount, currency=two.currency)
    return is_as_large(one, as_value)
