"""Answers about how deals went: win rates and why they moved, industries, sellers, changes."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Sum
from django.db.models.functions import Abs
from django.http import QueryDict
from django.urls import reverse

from accounts.about.choices import owners_seen_by
from accounts.sellers import sellers_chart, sellers_with_results
from accounts.tables.team import sellers_table
from assistant.chat.answer import Answer, rows_of
from assistant.chat.answers.deals import board_for, counted, deals_bound, nothing
from assistant.chat.narrowing import DEALS, RISK, check, query_of, wanted
from assistant.chat.resolving import Ask, own_keys
from assistant.chat.router.periods import Span
from forecasting.dashboard.rates import Rate
from forecasting.diagnosis.frames import Stretches
from forecasting.diagnosis.making import usual_stretches
from forecasting.diagnosis.pictures import cause_chart, funnel_chart, month_chart, split_chart
from forecasting.models import PipelineChange, WinRateDiagnosis
from forecasting.pipeline.asked import Asked, presets
from forecasting.pipeline.asked import asked_of as changes_asked
from forecasting.pipeline.categories import categorised, walk_of
from forecasting.pipeline.pictures import walk_chart
from forecasting.tables.changes import changes_table
from forecasting.views.changes import comparison_of, is_old, tiles_of
from revenue.periods import Length, Period
from revenue.users.roles import Role
from revenue.web.templatetags import web

WHOLE_ORG = (Role.EXECUTIVE, Role.ADMIN)
LEADERS = (Role.MANAGER, Role.EXECUTIVE)
NEAR = 16  # days by which a kept comparison may lie beside what was asked for
FIGURES = (
    ("rate", "Win rate", "percent"),
    ("mean_value", "Average value won", "money"),
    ("cycle_days", "Days of a won deal", "number"),
    ("velocity_a_day", "Velocity a day", "money"),
)
NOT_YOURS = (
    "Why the win rate of the whole org moved is for executives; this is of the deals you see. "
)


def conversion(ask: Ask) -> Answer:
    """Won and lost by the list of deals; stages and speed by the page of the win rate."""
    answer = Answer(title="Conversion")
    span = ask.period or year_of(ask)
    rate = rate_within(ask, span, answer)
    if not rate.closed:
        answer.text = f"No deal of yours to see was closed in {span.label}."
    else:
        low, high = rate.interval
        answer.text = (
            f"**{web.percent(rate.value)}** of {counted(rate.closed)} closed in {span.label} were"
            " won"
            f" ({rate.won:,} of {rate.closed:,}; nine times in ten the true rate lies between"
            f" {web.percent(low)} and {web.percent(high)})."
        )
    if ask.versus is not None:
        other = rate_within(ask, ask.versus, answer)
        if other.closed:
            share = f"{web.percent(other.value)} ({other.won:,} of {other.closed:,})"
            answer.text += f" In {ask.versus.label}: {share}."
    narrowed = {"owner", "team", "industry", "region", "size"} & set(ask.slots)
    kept = diagnosis_for(ask) if not narrowed else None
    if kept is not None:
        of_diagnosis(ask, answer, kept)
    answer.suggestions = [
        "Why did win rates fall?",
        "And last quarter?",
        "Which industries do best?",
    ]
    return answer


def year_of(ask: Ask) -> Span:
    year = Period.of(ask.today, length=Length.YEAR, first_month=ask.org.fiscal_month)
    return Span(year.since, year.last, year.label, year)


def rate_within(ask: Ask, span: Span, answer: Answer) -> Rate:
    """Each count is that of the list it links to."""
    counts = {}
    for state in ("won", "lost"):
        own = ask.with_slots(period=None, versus=None)
        bound = deals_bound(own, state)
        data = bound.data.copy()
        data["close_from"], data["close_to"] = span.since.isoformat(), span.last.isoformat()
        bound = bound.table.bind(data, queryset=bound.queryset, path=bound.path)
        counts[state] = bound.count
        label = f"{state.capitalize()}, {span.label}"
        answer.figure(label, f"{bound.count:,}", href=bound.url)
        answer.link(f"{state.capitalize()} deals", bound.url)
        if state == "won":
            check(own, DEALS, bound)
    return Rate(counts["won"], counts["won"] + counts["lost"])


def diagnosis_for(ask: Ask) -> WinRateDiagnosis | None:
    if ask.reader.role not in WHOLE_ORG:
        return None
    stretches = usual_stretches(ask.today, first_month=ask.org.fiscal_month)
    kept = WinRateDiagnosis.objects.filter(
        org=ask.org, since=stretches.since, turn=stretches.turn, until=stretches.until
    )
    found = kept.defer("deals").first()
    return found if found is not None and found.found else None


def of_diagnosis(ask: Ask, answer: Answer, kept: WinRateDiagnosis) -> None:
    for name, label, kind in FIGURES:
        pair = kept.found["figures"][name]
        if pair["now"] is not None:
            before = shown(pair["before"], kind, ask) if pair["before"] is not None else ""
            hint = f"before {kept.turn:%-d %b %Y}: {before}" if before else ""
            answer.figure(label, shown(pair["now"], kind, ask), hint=hint, href=why_url(ask))
    answer.chart(funnel_chart(kept.found))
    answer.link("Win rate", why_url(ask))


def shown(value: Any, kind: str, ask: Ask) -> str:
    if kind == "percent":
        return web.percent(value, 1)
    return web.compact_money(value, ask.currency) if kind == "money" else web.number(value)


def why_url(ask: Ask, stretches: Stretches | None = None) -> str:
    path = reverse("forecasting:why-show", args=[ask.org.slug])
    if stretches is None:
        return path
    days = {name: getattr(stretches, name).isoformat() for name in ("since", "turn", "until")}
    return f"{path}?" + "&".join(f"{name}={day}" for name, day in days.items())


def winrate(ask: Ask) -> Answer:
    answer = Answer(title="Why the win rate moved")
    if ask.reader.role not in WHOLE_ORG:
        return own_rates(ask, answer)
    kept = diagnosis_for(ask)
    answer.link("Win rate", why_url(ask))
    if kept is None:
        answer.text = (
            "The causes have not been worked out yet for the last quarters, or too few deals were"
            " closed. The page of the win rate says which, and starts it."
        )
        return answer
    if ask.period is not None:
        answer.notes.append(
            "This compares the last two quarters with the four before; other days are chosen on"
            " the page."
        )
    found = kept.found
    rate, causes = found["rate"], found["causes"]
    way = "fell" if rate["change"] < 0 else "rose"
    answer.text = (
        f"The win rate {way} from {web.percent(rate['before'], 1)} to"
        f" **{web.percent(rate['now'], 1)}** ({100 * rate['change']:+.1f} points) since"
        f" {kept.turn:%-d %b %Y}."
    )
    if causes:
        answer.text += "\n\nWhat is behind it, the largest first:\n\n"
        answer.text += "\n".join(
            f"{place}. {cause['words']}. {cause['question']}"
            for place, cause in enumerate(causes, 1)
        )
    else:
        answer.text += " No cause stands out beyond chance."
    slug = ask.org.slug
    for place, cause in enumerate(causes):
        url = reverse("forecasting:why-deals", args=[slug, kept.pk, place])
        answer.link(f"Deals: {cause['where']}", url)
    answer.chart(month_chart(found, turn=kept.turn))
    answer.chart(
        cause_chart(
            found,
            address=lambda place: reverse("forecasting:why-deals", args=[slug, kept.pk, place]),
        )
    )
    answer.suggestions = ["Industry trends", "Conversion by stage", "Lost deals last quarter"]
    return answer


def own_rates(ask: Ask, answer: Answer) -> Answer:
    """For those who do not read the whole org: this quarter and the last, side by side."""
    quarter = ask.org.quarter_of(ask.today)
    pairs = []
    for period in (quarter.before(), quarter):
        span = Span(period.since, period.last, period.label, period)
        pairs.append((period.label, rate_within(ask.with_slots(period=None), span, answer)))
    answer.text = NOT_YOURS + " ".join(
        f"{label}: {web.percent(rate.value)} ({rate.won:,} of {rate.closed:,} won)."
        if rate.closed
        else f"{label}: no deal closed."
        for label, rate in pairs
    )
    return answer


def industries(ask: Ask) -> Answer:
    """What is open, by the page of deals at risk; how the rates moved, by that of why."""
    answer = Answer(title="Industries")
    own = ask.with_slots(period=None)
    board = board_for(own, query_of(own, RISK))
    check(own, RISK, board.bound)
    rows = (
        board.bound.rows_queryset.order_by()
        .values("industry")
        .annotate(
            deals=Count("pk"), amount=Sum("corporate_amount"), expected_sum=Sum("expected_value")
        )
        .order_by(F("amount").desc(nulls_last=True), "industry")
    )
    found = list(rows)
    if not found:
        return nothing(ask, answer, board.bound, what="open deal")
    answer.table(
        "Open pipeline by industry",
        ("Industry", "Open deals", "Amount", "Expected"),
        [
            (
                (row["industry"] or "No industry", board.address(f"industry={row['industry']}")
                 if row["industry"] else ""),
                f"{row['deals']:,}",
                web.money(row["amount"] or 0, ask.currency),
                web.money(row["expected_sum"] or 0, ask.currency),
            )
            for row in found
        ],
    )  # fmt: skip
    first = found[0]
    answer.text = (
        f"Most is open in **{first['industry'] or 'no industry'}**:"
        f" {web.money(first['amount'] or 0, ask.currency)} in {counted(first['deals'])}."
    )
    answer.link("Deals at risk", board.table.url)
    kept = diagnosis_for(ask)
    if kept is not None and "industry" in kept.found["splits"]:
        moved(ask, answer, kept)
    elif ask.slots.get("period"):
        answer.notes.append("This is what is open today, whatever the period.")
    answer.suggestions = [
        "Why did win rates fall?",
        "Pipeline in healthcare",
        "What is our win rate?",
    ]
    return answer


def moved(ask: Ask, answer: Answer, kept: WinRateDiagnosis) -> None:
    levels = kept.found["splits"]["industry"]["levels"]
    known = [
        one for one in levels if one["rate_now"] is not None and one["rate_before"] is not None
    ]
    asked = ask.values("industry")
    told = [one for one in known if one["level"] in asked] or sorted(
        known, key=lambda one: one["rate_now"] - one["rate_before"]
    )
    if told:
        lines = told if asked else [told[-1], told[0]] if len(told) > 1 else told
        answer.text += f" Win rates since {kept.turn:%-d %b %Y}: " + "; ".join(
            f"{one['level']} {web.percent(one['rate_before'])} → {web.percent(one['rate_now'])}"
            for one in lines
        )
        answer.text += "."
    answer.chart(split_chart(kept.found, "industry"))
    answer.link("Win rate by industry", f"{why_url(ask)}?by=industry")


def changes(ask: Ask) -> Answer:
    """Between two days, as the page compares them; what was not compared yet is started there."""
    answer = Answer(title="Pipeline changes")
    asked = days_of(ask)
    path = reverse("forecasting:changes-show", args=[ask.org.slug])
    url = f"{path}?{asked.query}"
    answer.link("Pipeline changes", url)
    days = (web.day(asked.since), web.day(asked.until))
    found = comparison_of(ask.org, asked)
    if found is None:
        answer.text = (
            f"{days[0]} and {days[1]} have not been compared yet: the page starts that, and it"
            " takes some seconds."
        )
        answer.suggestions = ["What changed in the last 7 days?"]
        return answer
    if is_old(found, org=ask.org):
        answer.notes.append("Data has come in since this was compared; the page compares anew.")
    quarter = ask.org.quarter_of(ask.today)
    every = PipelineChange.objects.visible_to(ask.reader).filter(comparison=found)
    rows = categorised(every, window=asked.window(quarter=quarter))
    if ask.owners:
        rows = rows.filter(owner_ref__in=[ref for ref, _ in ask.owners])
    elif ask.team is not None:
        rows = rows.filter(owner_ref__in=ask.tree.owners_below(ask.team))
    if ask.owners or ask.team:
        answer.notes.append(
            "The page adds up everybody whom you see; its list is narrowed by owner."
        )
    walk = walk_of(rows)
    then, now = (web.money(each, ask.currency) for each in (walk.then, walk.now))
    answer.text = f"From {days[0]} to {days[1]} the open pipeline went from {then} to **{now}**."

    def address(category: str) -> str:
        cut = f"&category={category}" if category else ""
        return f"{url}{cut}#changes"

    for tile in tiles_of(walk, currency=ask.currency, address=address):
        answer.figure(
            tile["label"], tile["value"], hint=tile.get("hint") or tile.get("delta", ""),
            href=tile["href"],
        )  # fmt: skip
    answer.chart(walk_chart(walk, days=days, currency=ask.currency, address=address))
    table = changes_table(currency=ask.currency, owners=owners_seen_by(ask.reader))
    bound = table.bind(
        QueryDict(asked.query),
        queryset=rows.annotate(size=Abs("delta"), deal_id=F("opportunity__id")).select_related(
            "org", "owner", "former_owner"
        ),
        path=path,
    )
    names = [column.name for column in table.columns if column.shown][:6]
    answer.tables.append(rows_of(bound, most=wanted(ask), names=names))
    answer.suggestions = ["What changed last quarter?", "Which deals are at risk?"]
    return answer


def days_of(ask: Ask) -> Asked:
    """The stretch that was asked for; of one that nobody compared yet, the kept one next to it."""
    quarter = ask.org.quarter_of(ask.today)
    kept = presets(today=ask.today, quarter=quarter)
    if ask.period is None or ask.period.since > ask.today:
        return Asked(*kept[0][1:])
    since, until = ask.period.since, min(ask.period.last, ask.today)
    if ask.period.period is not None:
        since -= timedelta(days=1)
    asked = changes_asked({"since": since.isoformat(), "until": until.isoformat()}, today=ask.today)
    if not asked.problem and comparison_of(ask.org, asked) is not None:
        return asked
    near = min(kept, key=lambda one: abs((one[1] - since).days) + abs((one[2] - until).days))
    if abs((near[1] - since).days) + abs((near[2] - until).days) <= NEAR:
        if (near[1], near[2]) != (since, until):
            ask.notes.append(
                f"Compared is {near[0].lower()}: {web.day(near[1])} to {web.day(near[2])}."
            )
        return Asked(near[1], near[2])
    if asked.problem:
        ask.notes.append(asked.problem)
    return asked


def team(ask: Ask) -> Answer:
    answer = Answer(title="Sellers")
    quarter = ask.org.quarter_of(ask.today)
    results = sellers_with_results(reader=ask.reader, quarter=quarter).select_related("org")
    refs = refs_of(ask)
    if refs is not None:
        results = results.filter(external_id__in=refs)
    by_won = {"s_sort": "-won"}
    data = QueryDict(mutable=True)
    data.update(by_won)
    path = reverse("accounts:team-show", args=[ask.org.slug])
    bound = sellers_table(currency=ask.currency, quarter=quarter).bind(
        data, queryset=results, path=path
    )
    if not bound.count:
        return nothing(ask, answer, bound, what="seller")
    if ask.period is not None and ask.period.period != quarter:
        answer.notes.append(f"Won is told of {quarter.label}; other periods stand under Won deals.")
    won = web.money(bound.totals.get("sum_won") or 0, ask.currency)
    open_now = web.money(bound.totals.get("sum_pipeline") or 0, ask.currency)
    best = bound.page.rows[0]
    answer.text = (
        f"{bound.count:,} {bound.counted}: {won} won since {quarter.since:%-d %b}, {open_now} open."
    )
    if bound.count > 1 and getattr(best, "won_total", None):
        answer.text += f" Most won: **{best}**, {web.money(best.won_total, ask.currency)}."  # type: ignore[attr-defined]
    names = ("name", "team", "deals", "pipeline", "won")
    answer.tables.append(rows_of(bound, most=wanted(ask, usual=10), names=names))
    first = list(bound.rows_queryset.order_by(F("open_pipeline").desc(nulls_last=True), "id")[:12])
    answer.chart(sellers_chart(first, currency=ask.currency, since=quarter.since))
    if ask.reader.role in LEADERS:
        answer.link("Team", path)
        answer.link("Risk by team", reverse("forecasting:risk-team", args=[ask.org.slug]))
    answer.suggestions = ["Quota attainment this quarter", "Deals at risk by my team"]
    return answer


def refs_of(ask: Ask) -> list[str] | None:
    if ask.owners:
        return [ref for ref, _ in ask.owners]
    if ask.team is not None:
        return list(ask.tree.owners_below(ask.team))
    if ask.slots.get("owner") == "me" and ask.reader.role == Role.REP:
        return [ref for ref, _ in own_keys(ask.reader)]
    return None
