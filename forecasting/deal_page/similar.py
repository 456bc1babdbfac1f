"""Deals that were like this one, and how they ended: those that the reader may see."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.about.sight import seen
from accounts.models import Opportunity
from forecasting.deal_page.look import Look

SHOWN = 5
TOO_FEW = "Like deals are looked for once 30 have been won and 30 lost."


def refs_of(similar: Mapping[str, Any], outcome: str) -> list[str]:
    return [str(ref) for ref in similar.get(outcome) or ()]


def similar_to(look: Look) -> dict[str, Any]:
    similar = look.analysis.similar if look.analysis else {}
    wanted = {outcome: refs_of(similar, outcome) for outcome in ("won", "lost")}
    deals = seen(Opportunity, [*wanted["won"], *wanted["lost"]], reader=look.reader)
    won, lost = (shown(refs, deals) for refs in wanted.values())
    return {
        "won": won,
        "lost": lost,
        "too_few": "" if any(wanted.values()) else similar.get("words") or TOO_FEW,
    }


def shown(refs: Sequence[str], deals: Mapping[str, Opportunity]) -> list[Opportunity]:
    return [deals[ref] for ref in refs if ref in deals][:SHOWN]
