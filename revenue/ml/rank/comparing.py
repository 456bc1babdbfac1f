"""The one that speaks now and the one that might, on the same later lists."""

from typing import Any

from revenue.ml.plain import plain
from revenue.ml.rank.lists import Market
from revenue.ml.rank.ranked import Ranked
from revenue.ml.rank.training import parted


def compare_rankings(candidate: Ranked, live: Ranked, market: Market) -> dict[str, Any]:
    """Both on the candidate's test window, by the order of the whole catalogue."""
    test, settings = parted(market, candidate.settings).test, candidate.settings
    if not len(test):
        return {}
    found: dict[str, Any] = plain(
        {
            name: one.judge(market, test, k=settings.k).figures()
            for name, one in (("candidate", candidate), ("live", live))
        }
    )
    return found
