import datetime as dt
import json
import uuid
from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from revenue.web.charts import Chart, plain

CHART = Chart(
    id="won",
    title="Won by month",
    summary="Two deals were won, <b>none</b> in May.",
    data=[
        {
            "type": "bar",
            "x": [dt.date(2026, 4, 1), dt.date(2026, 5, 1)],
            "y": (Decimal("1.5"), float("nan")),
            "customdata": ["/deals/?month=4", "</script><script>alert(1)</script>"],
            "marker": {"color": "var(--chart-1)"},
        }
    ],
    columns=("Month", "Won"),
    rows=[("April", "$1.5M"), ("May", "–")],
)


def test_a_figure_is_plain_json() -> None:
    figure = json.loads(json.dumps(CHART.figure, allow_nan=False))

    assert figure["data"][0]["x"] == ["2026-04-01", "2026-05-01"]
    assert figure["data"][0]["y"] == [1.5, None]
    assert figure["layout"] == {}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (True, True),
        (Decimal("Infinity"), None),
        (dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC), "2026-01-02T03:00:00+00:00"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({1: (2,)}, {"1": [2]}),
        (None, None),
    ],
)
def test_plain(value: object, found: object) -> None:
    assert plain(value) == found


def test_what_cannot_be_drawn_is_told_to_the_developer() -> None:
    with pytest.raises(TypeError, match="cannot hold a set"):
        plain({1, 2})


def test_a_chart_reads_without_script() -> None:
    html = render_to_string("components/_chart.html", {"chart": CHART})

    assert "Two deals were won, &lt;b&gt;none&lt;/b&gt; in May." in html
    assert '<th scope="col">Month</th>' in html
    assert '<td class="is-number">$1.5M</td>' in html
    assert "<script>alert" not in html
    assert '<script id="won-figure" type="application/json">' in html
    assert 'data-chart="won-figure"' in html
