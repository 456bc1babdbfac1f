"""Answers that are lists of deals, and the pipeline as a whole."""

from typing import Any

from django.http import QueryDict
from django.urls import reverse

from accounts.pipeline import pipeline_of
from accounts.tables.deals import bound_deals
from assistant.chat.answer import Answer, rows_of
from assistant.chat.narrowing import DEALS, RISK, check, query_of, wanted
from assistant.chat.resolving import Ask
from forecasting.dashboard.board import Board
from revenue.web.tables import BoundTable
from revenue.web.templatetags import web

OF_RISK = ("name", "account", "risk", "grade", "chance", "amount", "close", "warnings", "owner")
OF_TOP = ("name", "account", "amount", "chance", "grade", "stage", "close", "owner")
OF_CLOSED = ("name", "account", "stage", "amount", "close", "owner")
AT_RISK = ("C", "D")
RISK_PAGE, DEALS_PAGE = "Deals at risk", "Deals"


def board_for(ask: Ask, query: QueryDict) -> Board:
    path = reverse("forecasting:risk-list", args=[ask.org.slug])
    return Board(reader=ask.reader, asked=query, path=path, today=ask.today)


def pipeline(ask: Ask) -> Answer:
    board = board_for(ask, query_of(ask, RISK))
    check(ask, RISK, board.bound)
    answer, whole = Answer(title="Pipeline"), board.standing.whole
    if not whole.deals:
        return nothing(ask, answer, board.bound, what="open deal")
    amount, at_risk, expected = (
        web.money(each, ask.currency) for each in (whole.amount, whole.at_risk, whole.expected)
    )
    answer.text = (
        f"**{amount}** is open in {counted(whole.deals)}. By their chances {expected} of it is"
        f" expected to be won; {at_risk} is at risk."
    )
    for tile in board.tiles[:3]:
        answer.figure(tile.label, tile.value, hint=tile.delta or tile.hint, href=tile.href)
    if not board.bound.filtered:
        of_quarter(ask, answer)
    answer.chart(board.charts[1])
    answer.link(RISK_PAGE, board.table.url)
    told_unscored(ask, board)
    answer.suggestions = ["Which deals are at risk?", "What changed this week?", "Top 5 deals"]
    return answer


def of_quarter(ask: Ask, answer: Answer) -> None:
    """What the overview of the org says of its quarter; each leads to its deals."""
    found = pipeline_of(ask.reader, today=ask.today)
    path = reverse("accounts:deal-list", args=[ask.org.slug])
    for label, one in (
        (f"To close until {found.until_said}", found.closing),
        ("Overdue", found.overdue),
        (f"Won since {found.since_said}", found.won),
    ):
        said = web.compact_money(one.amount or 0, ask.currency)
        answer.figure(label, said, hint=counted(one.deals), href=f"{path}{one.query}")


def top(ask: Ask) -> Answer:
    sort = ask if ask.slots.get("sort") else ask.with_slots(sort="amount")
    by = {"chance": "most likely", "expected": "worth most by their chances"}
    which = by.get(str(ask.slots.get("sort", "")), "largest")
    board = board_for(ask, query_of(sort, RISK))
    check(ask, RISK, board.bound)
    answer = Answer(title="Top deals")
    return listed(ask, answer, board, names=OF_TOP, lead=f"The {which}")


def risk(ask: Ask) -> Answer:
    """At risk is what is of grade C or D, unless the question says by what."""
    by_itself = not {"warning", "grade"} & set(ask.slots)
    more = [("grade", grade) for grade in AT_RISK] if by_itself else []
    board = board_for(ask, query_of(ask, RISK, more=more))
    check(ask, RISK, board.bound)
    answer = Answer(title="Deals at risk")
    found = listed(ask, answer, board, names=OF_RISK, lead="First", what="deal like that")
    if by_itself and found.tables:
        whole = board.standing.of_grades(AT_RISK).whole
        answer.text = (
            f"**{counted(whole.deals)}** of grade C or D, worth"
            f" {web.money(whole.amount, ask.currency)}; by their chances"
            f" {web.money(whole.at_risk, ask.currency)} of it would be lost."
        )
        if len(found.tables[0]["rows"]) < whole.deals:
            answer.text += f" The first {len(found.tables[0]['rows'])} by risk and value:"
    answer.suggestions = ["Only mine", "Only this quarter", "Which of them have gone quiet?"]
    return answer


def deals(ask: Ask) -> Answer:
    """Open ones by the page of risk, which knows regions; closed ones by that of deals."""
    state = str(ask.slots.get("state", ""))
    if state not in ("won", "lost"):
        sort = ask if ask.slots.get("sort") else ask.with_slots(sort="close")
        board = board_for(ask, query_of(sort, RISK))
        if board.freshness.scored_at is not None:
            check(ask, RISK, board.bound)
            answer = listed(
                ask, Answer(title="Open deals"), board, names=OF_TOP, lead="The next to close"
            )
            answer.suggestions = ["Only mine", "Sort by amount", "Which are at risk?"]
            return answer
    return closed(ask, state)


def closed(ask: Ask, state: str) -> Answer:
    bound = deals_bound(ask, state)
    check(ask, DEALS, bound)
    titles = {"won": "Won deals", "lost": "Lost deals"}
    answer = Answer(title=titles.get(state, "Open deals"))
    if not bound.count:
        return nothing(ask, answer, bound, what=f"{state or 'open'} deal")
    total = next(
        (bound.totals[name] for name in ("sum_amount", "sum_corporate") if name in bound.totals), 0
    )
    answer.text = f"**{counted(bound.count)}**, {web.money(total or 0, ask.currency)} together."
    answer.tables.append(rows_of(bound, most=wanted(ask), names=OF_CLOSED))
    answer.link(DEALS_PAGE, bound.url)
    answer.suggestions = ["And last quarter?", "Only mine", "What is our win rate?"]
    return answer


def deals_bound(ask: Ask, state: str, *, page: Any = DEALS) -> BoundTable:
    newest = [] if ask.slots.get("sort") else [("sort", "-close" if state else "close")]
    query = query_of(ask, page, more=[*([("state", state)] if state else []), *newest])
    path = reverse("accounts:deal-list", args=[ask.org.slug])
    return bound_deals(reader=ask.reader, asked=query, path=path, today=ask.today)


def listed(
    ask: Ask,
    answer: Answer,
    board: Board,
    *,
    names: tuple[str, ...],
    lead: str,
    what: str = "open deal",
) -> Answer:
    """The first rows of the list, with what all of it comes to."""
    rows, count = board.page, board.table.count
    if not count:
        return nothing(ask, answer, board.bound, what=what)
    shown = min(wanted(ask), len(rows))
    amount = web.money(board.table.totals.get("sum_amount") or 0, ask.currency)
    answer.text = (
        f"{lead} {shown} of **{counted(count)}**, {amount} together."
        if (shown < count)
        else f"**{counted(count)}**, {amount} together."
    )
    answer.tables.append(rows_of(board.table, most=shown, names=names))
    answer.link(RISK_PAGE, board.table.url)
    told_unscored(ask, board)
    return answer


def nothing(ask: Ask, answer: Answer, bound: BoundTable, *, what: str) -> Answer:
    chips = [chip["text"] for chip in ask.chips()]
    of_these = f" ({', '.join(chips)})" if chips else ""
    answer.text = f"I found no {what} of yours to see{of_these}."
    if chips:
        answer.text += " Take one of the conditions away, and I look again."
    answer.link("The list without these conditions", bound.path)
    return answer


def told_unscored(ask: Ask, board: Board) -> None:
    if board.freshness.scored_at is None:
        ask.notes.append("No deal has been scored yet: figures of risk begin with the first model.")
    elif board.unscored:
        ask.notes.append(board.unscored_said)


def counted(deals: int) -> str:
    return f"{deals:,} deal{'' if deals == 1 else 's'}"
