"""By what the customers at risk are cut: kinds of customers, or who answers for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from accounts.about.below import Below
from accounts.about.hierarchy import Tree
from forecasting.health_pages.standing import Standing
from revenue.users.models import Membership
from revenue.users.roles import Role

OWNER = "account__owner_ref"
CUTS = {"industry": "Industry", "region": "Region", "size": "Size", "owner": "Owner"}
TEAM = {"team": "Team"}
COLUMNS = {"owner": OWNER, "team": OWNER}
MOST = 12
OTHERS = "Others"


@dataclass(frozen=True)
class Part:
    """A bar: what it is called, what it holds, and the filters that list it."""

    name: str
    standing: Standing
    query: str


def cuts_of(reader: Membership) -> dict[str, str]:
    """A rep has one owner and no team: nothing to compare."""
    if reader.role == Role.REP:
        return {name: label for name, label in CUTS.items() if name != "owner"}
    return CUTS | TEAM


def column_of(cut: str) -> str:
    return COLUMNS.get(cut, cut)


def parts_of(
    standing: Standing, *, cut: str, tree: Tree, owners: dict[str, str], team: str = ""
) -> list[Part]:
    """The most at risk first; what is left stands together at the end."""
    if cut == "team":
        parts = of_team(standing, tree=tree, team=team)
    else:
        parts = [
            Part(
                name=named(one, cut=cut, owners=owners),
                standing=only(standing, [one]),
                query=urlencode({cut: one}) if one and (cut != "owner" or one in owners) else "",
            )
            for one in standing.segments
        ]
    return shortened(sorted(parts, key=lambda part: (-part.standing.whole.at_risk, part.name)))


def named(segment: str, *, cut: str, owners: dict[str, str]) -> str:
    if cut != "owner":
        return segment or "Not known"
    return owners.get(segment, "Somebody who left") if segment else "No owner"


def of_team(standing: Standing, *, tree: Tree, team: str) -> list[Part]:
    """Those below the team that the list is of; of the whole, the tops."""
    book = {one: only(standing, [one]) for one in standing.segments}
    below = Below(tree, book, Standing.sum_of, url_of=lambda node: node.key)
    _, rows = below.standing_at(tree.nodes.get(team))
    return [Part(row.name, row.figures, row.query) for row in rows]


def only(standing: Standing, segments: Sequence[str]) -> Standing:
    wanted = set(segments)
    return Standing({key: sums for key, sums in standing.groups.items() if key[0] in wanted})


def shortened(parts: list[Part]) -> list[Part]:
    if len(parts) <= MOST:
        return parts
    rest = Standing.sum_of([part.standing for part in parts[MOST - 1 :]])
    return [*parts[: MOST - 1], Part(f"{OTHERS} ({len(parts) - MOST + 1})", rest, "")]
