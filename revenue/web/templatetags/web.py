"""Icons, and numbers, money and moments as people read them."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.contrib.messages import constants
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

BLANK = "–"
MOST_DIGITS = 18  # of a number that is written out
CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
COMPACT_STEPS = (
    (Decimal(10**12), "T"),
    (Decimal(10**9), "B"),
    (Decimal(10**6), "M"),
    (Decimal(10**3), "k"),
)
AGO_STEPS = ((60, 1, "s"), (3600, 60, " min"), (86_400, 3600, " h"), (30 * 86_400, 86_400, " d"))
TOAST_KINDS = {
    constants.SUCCESS: "success",
    constants.WARNING: "warning",
    constants.ERROR: "error",
}
AT_END = frozenset({"succeeded", "failed", "cancelled"})
STATE_LABELS = {"queued": "Waiting", "succeeded": "Done"}
STATE_KINDS = {"running": "accent", "succeeded": "positive", "failed": "negative"}
TOAST_ICONS = {"success": "circle-check", "warning": "triangle-alert", "error": "circle-alert"}


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """An icon of static/img/icons.svg; it is decoration, so the text beside it is its name."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css_class,
        static("img/icons.svg"),
        name,
    )


def decimal_of(value: Any) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def signed(text: str, number: Decimal) -> str:
    return f"−{text}" if number < 0 else text


@register.filter
def number(value: Any, places: int = 0) -> str:
    found = decimal_of(value)
    if found is None:
        return BLANK
    if found.adjusted() > MOST_DIGITS:
        return signed(f"{abs(found):.2e}", found)
    found = round(found, places)
    return signed(f"{abs(found):,.{places}f}", found)


@register.filter
def money(value: Any, currency: str = "USD") -> str:
    """Whole units of a currency: an amount of a deal is never read to the cent."""
    found = decimal_of(value)
    if found is None:
        return BLANK
    found = round(found, 0)
    return signed(with_currency(f"{abs(found):,.0f}", currency), found)


def with_currency(digits: str, currency: str) -> str:
    sign = CURRENCY_SIGNS.get(currency)
    return f"{sign}{digits}" if sign else f"{currency}\u00a0{digits}".strip()


@register.filter
def compact(value: Any) -> str:
    found = decimal_of(value)
    return BLANK if found is None else signed(compact_digits(abs(found)), found)


@register.filter
def compact_money(value: Any, currency: str = "USD") -> str:
    found = decimal_of(value)
    if found is None:
        return BLANK
    return signed(with_currency(compact_digits(abs(found)), currency), found)


def compact_digits(size: Decimal) -> str:
    """Three significant digits at most, and never 1,000k where 1M is meant."""
    for step, letter in COMPACT_STEPS:
        if size >= step * Decimal("0.9995"):
            scaled = size / step
            places = 0 if scaled >= Decimal("99.95") else 1
            return f"{scaled:,.{places}f}".removesuffix(".0") + letter
    return f"{round(size):,}"


@register.filter
def percent(value: Any, places: int = 0) -> str:
    """A share between 0 and 1 as a percentage."""
    found = decimal_of(value)
    if found is None:
        return BLANK
    found = round(found * 100, places)
    return signed(f"{abs(found):,.{places}f}%", found)


@register.filter
def ago(value: datetime | None, now: datetime | None = None) -> SafeString | str:
    """ "3 h ago", with the exact moment on hover and for machines."""
    if value is None:
        return BLANK
    seconds = int(((now or timezone.now()) - value).total_seconds())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        moment(value),
        distance(seconds),
    )


def distance(seconds: int) -> str:
    size = abs(seconds)
    if size < 10:
        return "just now"
    for limit, unit, letter in AGO_STEPS:
        if size < limit:
            text = f"{size // unit}{letter}"
            break
    else:
        days = size // 86_400
        text = f"{days // 30} mo" if days < 365 else f"{days // 365} y"
    return f"{text} ago" if seconds > 0 else f"in {text}"


@register.filter
def moment(value: datetime | None) -> str:
    if value is None:
        return BLANK
    here = timezone.localtime(value)
    return f"{date_format(here, 'j M Y, H:i')} {here.tzname()}"


@register.filter
def day(value: date | datetime | None) -> str:
    if value is None:
        return BLANK
    here = timezone.localtime(value) if isinstance(value, datetime) else value
    return date_format(here, "j M Y")


@register.filter
def initials(name: Any) -> str:
    words = str(name or "").replace("@", " ").split()
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def toast_kind(level: int) -> str:
    return TOAST_KINDS.get(level, "info")


@register.filter
def toast_icon(kind: str) -> str:
    return TOAST_ICONS.get(kind, "info")


@register.filter
def at_end(state: str) -> bool:
    return str(state) in AT_END


@register.filter
def state_label(state: str) -> str:
    return STATE_LABELS.get(str(state), str(state).capitalize())


@register.filter
def state_kind(state: str) -> str:
    return STATE_KINDS.get(str(state), "")
