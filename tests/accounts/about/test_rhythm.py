from datetime import date, timedelta

from accounts.about.rhythm import rhythm_chart

MONDAY = date(2026, 11, 16)
WEEKS = [MONDAY - timedelta(weeks=back) for back in range(25, -1, -1)]


def test_activities_are_counted_in_whole_numbers_and_one_kind_is_named_too() -> None:
    chart = rhythm_chart({(MONDAY, "meeting"): 1}, weeks=WEEKS, said="the last on 16 Nov 2026")
    assert chart.layout["yaxis"]["dtick"] == 1
    assert chart.layout["showlegend"]
    assert [each["name"] for each in chart.data] == ["Meetings"]
    assert chart.summary == "1 activity in 26 weeks, the last on 16 Nov 2026."


def test_the_scale_holds_the_whole_stack_in_a_few_steps() -> None:
    counts = {(MONDAY, "call"): 12, (MONDAY, "email"): 11}
    chart = rhythm_chart(counts, weeks=WEEKS, said="the last on 20 Nov 2026")
    assert chart.layout["yaxis"]["dtick"] == 5
