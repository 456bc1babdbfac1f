"""Sentences about what is known by name: the stage, the close date, the people, the rates."""

from collections.abc import Callable

import numpy as np

from forecasting.reasons.counting import counted, days, share, times, whole
from forecasting.reasons.told import Told, plainly, sentence
from revenue.ml.arrays import floats, sigmoid
from revenue.web.templatetags.web import money

NTH_MONTH = {"1": "first", "2": "second", "3": "last"}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
STEADY = 0.2  # of a logarithm: a fifth more or less
KIND_OF_LATE = {
    "industry_rate_of_late": "in its industry",
    "segment_rate_of_late": "in its industry and country",
}
OF_KIND = {
    "account": "with this customer",
    "industry": "in {}",
    "source": "from {}",
    "product": "of its product",
}


def people(told: Told) -> str:
    way = "by_role" if told.name.endswith("by_role") else "met"
    found, senior = told.get(f"contacts_{way}"), told.get(f"senior_{way}")
    verb = "" if way == "by_role" else " met or written to"
    if found is None:
        return plainly(told)
    if round(found) == 0:
        return "No contact in the deal" if way == "by_role" else "Nobody met or written to"
    if round(found) == 1:
        rank = "" if senior is None else ", a director or above" if senior else ", no director"
        return f"{'One' if told.raises else 'Only one'} contact{verb}{rank}"
    return f"{counted(found, 'contact')}{verb}{of_them(found, senior)}"


def of_them(found: float, senior: float | None) -> str:
    if senior is None:
        return ""
    if round(senior) == 0:
        return ", none of them a director"
    if senior >= found:
        return ", all directors or above"
    return (
        f", {whole(senior)} of them {'a director' if round(senior) == 1 else 'directors'} or above"
    )


def stage(told: Told) -> str:
    name = told.get("stage")
    return f"In {name}" if name else "No stage"


def pace(told: Told) -> str:
    name, spent = told.get("stage") or "its stage", told.get("days_in_stage")
    if spent is None:
        return f"Time in {name} is not known"
    said = f"In {name} for {days(spent)}" if spent >= 1 else f"In {name} since today"
    usual = usual_days(told)
    return said if usual is None else f"{said}, won deals take {whole(usual)}"


def usual_days(told: Told) -> float | None:
    """What won deals take in its stage, from how far this one is beside them."""
    spent, slower = told.get("days_in_stage"), told.get("slower_than_won")
    if spent is None or slower is None:
        return told.usual.get(str(told.get("stage")))
    return float(max(np.expm1(np.log1p(max(spent, 0)) - slower), 0))


def moves(told: Told) -> str:
    fell, moved = told.get("fell_back"), told.get("stage_moves")
    if fell and (told.name == "fell_back" or not told.raises):
        return f"Fell back a stage {times(fell)}" if round(fell) > 1 else "Fell back a stage"
    if told.name == "fell_back":
        return plainly(told) if fell is None else "Never fell back a stage"
    if moved is None:
        return plainly(told)
    return f"Moved to another stage {times(moved)}" if round(moved) else "Still in its first stage"


def amount(told: Told) -> str:
    worth = told.get("amount_log")
    if worth is None:
        return "No amount"
    return f"Amount of {money(float(np.expm1(worth)), told.currency)}"


def growth(told: Told) -> str:
    grown, changed = told.get("amount_growth"), told.get("amount_changes")
    if told.name == "amount_changes" and changed is not None:
        return f"Amount changed {times(changed)}" if round(changed) else "Amount never changed"
    if grown is None:
        return "Amount at the beginning is not known"
    by = float(np.expm1(grown))
    if abs(by) < 0.005:
        return "Amount as it was at the beginning"
    return f"Amount {'raised' if by > 0 else 'cut'} by {share(abs(by))} since the beginning"


def close_date(told: Told) -> str:
    left = told.get("days_to_close_date")
    if left is None:
        return "No close date"
    if left <= -1:
        return f"Close date passed {days(-left)} ago"
    return "Close date is today" if left < 1 else f"Closes in {days(left)}"


def pushes(told: Told) -> str:
    pushed, by = told.get("pushes"), told.get("days_pushed")
    if pushed is None and by is None:
        return "Close date: its changes are not known"
    if not round(pushed or 0):
        return "Close date never pushed"
    far = f", by {days(by)} in all" if by and told.name == "days_pushed" else ""
    return f"Close date pushed {times(pushed)}{far}"


def close_quarter(told: Told) -> str:
    if told.name == "close_before_quarter_end":
        left = told.value
        return "No close date" if left is None else f"Close date {days(left)} before a quarter ends"
    nth = NTH_MONTH.get(str(told.value))
    return f"Close date in the {nth} month of a quarter" if nth else "No close date"


def age(told: Told) -> str:
    value = told.get("age_days")
    if value is None:
        return "Age is not known"
    return f"Open for {days(value)}" if value >= 1 else "Made today"


def calendar(told: Told) -> str:
    value = told.value
    if value is None:
        return plainly(told)
    if told.name == "calendar_chance":
        rate = float(sigmoid(floats(value)))
        return f"Of deals of its age, at this time of the quarter, {share(rate)} are won"
    if told.name == "days_to_quarter_end":
        return f"{sentence(days(value))} to the end of the quarter"
    if told.name == "month_of_year":
        text = str(value)
        named = text.isdigit() and 1 <= int(text) <= 12
        return f"It is {MONTHS[int(text) - 1]}" if named else plainly(told)
    nth = NTH_MONTH.get(str(value))
    return f"The {nth} month of the quarter" if nth else plainly(told)


def rated(told: Told) -> str:
    """How deals of the same kind ended."""
    if told.value is None:
        return plainly(told)
    if told.name in KIND_OF_LATE:
        return of_late(told, KIND_OF_LATE[told.name])
    what = told.name.removesuffix("_rate")
    if what == "seller":
        return told.rate(float(told.value), seller=told.seller or "The seller")
    named = told.get(what) or f"its {what}"
    return told.rate(float(told.value), deals=f"deals {OF_KIND[what].format(named)}")


def of_late(told: Told, which: str) -> str:
    """What was won lately moves with all that was: only the distance is told."""
    far = abs(round(float(told.value) * 100))
    if not far:
        return f"Of late, deals {which} were won as often as all"
    way = "more" if told.value > 0 else "less"
    said = f"Of late, deals {which} were won {way} often than all, by {counted(far, 'point')}"
    if (told.value > 0) == told.raises:
        return said
    return f"{said}; the usual deal stands {'worse' if told.raises else 'better'}"


def trend(told: Told) -> str:
    value = told.get("activity_trend")
    if value is None:
        return plainly(told)
    if abs(value) < STEADY:
        return "As much going on as in the month before"
    return f"{'More' if value > 0 else 'Less'} going on than in the month before"


def first_contact(told: Told) -> str:
    if told.value is None:
        return "No first contact named"
    return f"The first contact is {'a director or above' if told.value else 'no director'}"


def bought(told: Told) -> str:
    if told.value is None:
        return "What the customer bought before is not known"
    often = round(float(np.expm1(told.value)))
    return (
        f"The customer bought {times(often)} before" if often else "The customer has not bought yet"
    )


def employees(told: Told) -> str:
    if told.value is None:
        return "Number of employees is not known"
    return f"Customer with {counted(float(told.value), 'employee')}"


def products(told: Told) -> str:
    if told.name == "product_family" or told.value is None:
        named = told.get("product_family")
        return f"Product: {named}" if named else "No products"
    return counted(float(told.value), "line of products", "lines of products") if round(
        float(told.value)
    ) else "No products"  # fmt: skip


def next_step(told: Told) -> str:
    if told.value is None:
        return "Whether there is a next step is not known"
    return "Has a next step" if told.value else "No next step"


SPECIAL: dict[str, Callable[[Told], str]] = {
    "contacts_by_role": people,
    "contacts_met": people,
    "senior_by_role": people,
    "senior_met": people,
    "stage": stage,
    "stage_order": stage,
    "days_in_stage": pace,
    "slower_than_won": pace,
    "stage_moves": moves,
    "fell_back": moves,
    "amount_log": amount,
    "amount_is_missing": amount,
    "amount_growth": growth,
    "amount_changes": growth,
    "days_to_close_date": close_date,
    "pushes": pushes,
    "days_pushed": pushes,
    "close_month_of_quarter": close_quarter,
    "close_before_quarter_end": close_quarter,
    "age_days": age,
    "calendar_chance": calendar,
    "month_of_quarter": calendar,
    "days_to_quarter_end": calendar,
    "month_of_year": calendar,
    "seller_rate": rated,
    "account_rate": rated,
    "industry_rate": rated,
    "industry_rate_of_late": rated,
    "segment_rate_of_late": rated,
    "source_rate": rated,
    "product_rate": rated,
    "activity_trend": trend,
    "senior_first": first_contact,
    "bought_before": bought,
    "employees": employees,
    "products": products,
    "product_family": products,
    "has_next_step": next_step,
}
