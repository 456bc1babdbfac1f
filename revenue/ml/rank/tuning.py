"""EASE as it is best here: its strength and its half-life are chosen on the validation window."""

from revenue.ml.rank.ease import MOST_TUNED, best_of
from revenue.ml.rank.learning import RankSettings
from revenue.ml.rank.lists import Lists, Market
from revenue.ml.rank.rivals import Way, judge_way


def tuned(market: Market, validate: Lists, settings: RankSettings) -> tuple[Way, ...]:
    """Both kinds of EASE. The lists need no rows: the whole catalogue is asked."""

    def judged(strength: float, half_life_days: float) -> float:
        options = {"strength": strength, "half_life_days": half_life_days, "most": MOST_TUNED}
        return judge_way(Way("ease", options), market, validate, k=settings.k).ndcg

    return (
        Way("ease", best_of(judged, recent=False)),
        Way("ease_recent", best_of(judged, recent=True)),
    )
