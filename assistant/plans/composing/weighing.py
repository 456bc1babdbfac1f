"""Which themes hold of a deal, the weightiest first."""

from assistant.plans.composing.about_case import Answer, Competitor, Second, Shrunk, Unwell
from assistant.plans.composing.about_people import Champion, Doubt, Left, Payer, Threads
from assistant.plans.composing.about_time import Dates, Silence, Stalled, Step
from assistant.plans.composing.themes import Theme
from assistant.plans.composing.view import View
from assistant.plans.gathering.deal import DealKnown

THEMES: tuple[type[Theme], ...] = (
    Left, Doubt, Answer, Second, Silence, Dates, Payer, Threads, Stalled, Champion, Competitor,
    Shrunk, Unwell, Step,
)  # fmt: skip


def themes_of(view: View, known: DealKnown) -> list[Theme]:
    held = [theme for theme in (make(view, known) for make in THEMES) if theme.holds()]
    return sorted(held, key=lambda theme: -theme.weight)
