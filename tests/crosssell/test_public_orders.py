"""On order lines of a real wholesaler: what is bought for the first time in the last 90 days."""

import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from revenue.ml.rank.judging import gain
from revenue.ml.rank.learning import RankSettings
from revenue.ml.rank.lists import Market
from revenue.ml.rank.rivals import TITLES, Way, judge_way
from revenue.ml.rank.training import train_ranker
from revenue.ml.rank.tuning import tuned
from revenue.ml.readiness import State
from revenue.users.models import Org
from tests.accounts.connectors.csv_files.importing import imported
from tests.crosssell.public_orders import (
    HORIZON,
    PUBLIC,
    market_of,
    purchases,
    without_rows,
)
from tests.factories.jobs import an_org

pytestmark = pytest.mark.skipif(not PUBLIC.exists(), reason="the public order lines are absent")
SETTINGS = RankSettings("crosssell", most_rows=200_000, most_lists=1_500)
BESIDE = ("random", "popular", "recent", "similarity", "cosine", "next", "ease", "ease_recent")
PLAIN_WAYS = tuple(Way(kind) for kind in ("random", "popular", "recent", "cosine"))


def test_recent_ease_beats_what_goes_together_and_that_beats_what_sells() -> None:
    past = purchases(most_items=400)
    test = without_rows(past, HORIZON)
    market = Market(past, test, HORIZON)
    validate = without_rows(past, 2 * HORIZON)
    _, recent = tuned(market, validate, SETTINGS)
    assert recent.options["half_life_days"] > 0
    ways = (Way("recent"), Way("cosine"), recent)
    popular, together, ease = (judge_way(way, market, test) for way in ways)
    assert len(ease) > 1_000
    assert gain(together, popular).low > 0
    assert gain(ease, together).low > 0
    assert ease.ndcg > popular.ndcg * 1.3


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_the_product_is_ahead_of_every_plain_way_or_says_which_one_speaks() -> None:
    past = purchases()
    assert past.n_items > 4_000
    validate = without_rows(past, 2 * HORIZON)
    asked = Market(past, validate, HORIZON)
    ease, recent = tuned(asked, validate, SETTINGS)
    scorers = {way.kind: way for way in (recent, ease, *PLAIN_WAYS[1:])}
    market = market_of(past, scorers | {name: Way(name) for name in ("similarity", "next")})
    found = train_ranker(market, SETTINGS, ways=(*PLAIN_WAYS, ease, recent))
    report = found.report
    said = {name: one["ndcg"] for name, one in report["baselines"].items()}
    sys.stderr.write(json.dumps({**report["metrics"], "kind": found.kind, "rivals": said}) + "\n")
    sys.stderr.write(json.dumps({"gains": report["gains"], "choice": report["choice"]}) + "\n")
    assert found.readiness.state is not State.NOT_READY
    for name in ("popular", "recent", "cosine"):
        assert report["gains"][name]["low"] > 0, name
    if found.blend is None:
        assert found.kind in ("ease", "ease_recent")
        assert report["choice"]["beats_best_way"]["chance"] < 0.95
        assert TITLES[found.kind] in found.readiness.reasons[1]
    else:
        assert report["gains"]["ease_recent"]["value"] > 0


@pytest.mark.slow
@pytest.mark.timeout(5_400)
@pytest.mark.django_db
def test_imported_the_product_orders_as_well_as_the_best_plain_way_or_uses_it(
    tmp_path: Path,
) -> None:
    """From the file through the connector to accounts, products and purchases; then as a person
    would ask: `manage.py evaluate crosssell`."""
    (tmp_path / PUBLIC.name).symlink_to(PUBLIC)
    org = an_org(slug="orders", kind=Org.Kind.CSV)
    assert imported(org, tmp_path)["rows"]["refused"] == 0
    out = StringIO()
    given = ["crosssell", "--org", org.slug, "--json"]
    call_command("evaluate", *given, stdout=out, stderr=StringIO())
    said = json.loads(out.getvalue())
    rivals, gains, kind = said["baselines"], said["gains"], said["kind"]
    shown = {name: [one["ndcg"], *one["intervals"]["ndcg"]] for name, one in rivals.items()}
    own = [said["metrics"]["ndcg"], *said["metrics"]["intervals"]["ndcg"]]
    told = {"kind": kind, "ours": own, "rivals": shown, "choice": said["choice"]}
    sys.stderr.write(json.dumps(told) + "\n")
    assert set(BESIDE) <= set(rivals)
    assert said["horizon"]["days"] == HORIZON
    assert said["windows"]["test_from"].startswith("2010-09-10")  # 90 days before the last
    for name in ("popular", "recent", "cosine"):
        assert gains[name]["low"] > 0, name
    if kind in TITLES:
        assert kind in ("ease", "ease_recent")
        assert said["choice"]["beats_best_way"]["chance"] < said["choice"]["sure_from"]
        assert TITLES[kind] in said["readiness"]["reasons"][1]
    else:
        assert gains["ease_recent"]["value"] > 0
