"""Answers of accounts: whom to look after, what to sell next, which leads, who may leave."""

from django.urls import reverse

from accounts.models import Product
from assistant.chat.answer import Answer, rows_of
from assistant.chat.answers.deals import nothing
from assistant.chat.narrowing import EXPAND, HEALTH, LEADS, SELL, check, query_of, wanted
from assistant.chat.resolving import Ask, UnknownError
from crosssell.expansion.listing import Board as ExpansionBoard
from crosssell.listing.board import Board as SellBoard
from forecasting.health_pages.board import Board as HealthBoard
from forecasting.lead_pages.board import Board as LeadBoard
from revenue.users.roles import Role
from revenue.web.templatetags import web


def accounts(ask: Ask) -> Answer:
    path = reverse("crosssell:expansion-list", args=[ask.org.slug])
    board = ExpansionBoard(reader=ask.reader, asked=query_of(ask, EXPAND), path=path)
    check(ask.with_slots(period=None), EXPAND, board.table)
    answer = Answer(title="Accounts to focus on")
    if not board.table.count:
        return nothing(ask, answer, board.table, what="customer with an expectation")
    value = web.money(board.table.totals.get("sum_value") or 0, ask.currency)
    answer.text = (
        f"By what each is expected to bring within {board.horizon_days} days, the largest first:"
        f" **{board.table.count:,} {board.table.counted}**, {value} together."
    )
    names = [column.name for column in board.table.columns][:6]
    answer.tables.append(rows_of(board.table, most=wanted(ask), names=names))
    answer.link("Expansion", board.table.url)
    if ask.reader.role == Role.REP:
        answer.link("My plan", reverse("crosssell:allocation-mine", args=[ask.org.slug]))
    elif ask.reader.role != Role.INTEGRATOR:
        answer.link("Allocation", reverse("crosssell:allocation-list", args=[ask.org.slug]))
    answer.suggestions = ["Which customers may churn?", "What should we sell next?"]
    return answer


def crosssell(ask: Ask) -> Answer:
    path = reverse("crosssell:recommendation-list", args=[ask.org.slug])
    query = query_of(with_product(ask).with_slots(owner=owner_of(ask)), SELL)
    if ask.account is not None:
        query["q"] = ask.account.name
        if ask.reader.role == Role.REP:
            query["whose"] = "all"
    board = SellBoard(reader=ask.reader, asked=query, path=path, today=ask.today)
    check(ask.with_slots(product=None, owner=owner_of(ask)), SELL, board.bound)
    answer = Answer(title="What to sell next")
    if not board.table.count:
        return nothing(ask, answer, board.bound, what="open suggestion")
    value = web.money(board.table.totals.get("sum_value") or 0, ask.currency)
    answer.text = (
        f"**{board.table.count:,} {board.table.counted}**; price times chance comes to {value}."
    )
    names = ("account", "product", "kind", "probability", "value", "reason")
    answer.tables.append(rows_of(board.table, most=wanted(ask), names=names))
    answer.link("Cross-sell", board.table.url)
    return answer


def owner_of(ask: Ask) -> object:
    """A rep's list is of the rep's own accounts anyway."""
    said = ask.slots.get("owner")
    return None if said == "me" else said


def with_product(ask: Ask) -> Ask:
    said = ask.slots.get("product")
    if not said:
        return ask
    names = said if isinstance(said, list) else [said]
    known = Product.objects.of(ask.org).present().filter(name__in=names)
    refs = list(known.order_by("external_id").values_list("external_id", flat=True))
    if not refs:
        raise UnknownError(f"There is no product called “{', '.join(names)}”.")
    return ask.with_slots(product=refs)


def leads(ask: Ask) -> Answer:
    path = reverse("forecasting:lead-list", args=[ask.org.slug])
    board = LeadBoard(
        reader=ask.reader, asked=query_of(ask, LEADS), path=path, today=ask.today, at=ask.at
    )
    check(ask, LEADS, board.bound)
    answer = Answer(title="Leads")
    if not board.table.count:
        return nothing(ask, answer, board.bound, what="open lead with a score")
    answer.text = f"**{board.table.count:,} open {board.table.counted}**, the likeliest first."
    for tile in board.tiles[:4]:
        answer.figure(tile.label, tile.value, hint=tile.hint, href=tile.href)
    names = ("name", "tier", "score", "chance", "answer", "source", "owner", "came")
    answer.tables.append(rows_of(board.table, most=wanted(ask), names=names))
    answer.link("Lead scores", board.table.url)
    answer.suggestions = ["Only mine", "A leads", "Leads this week"]
    return answer


def health(ask: Ask) -> Answer:
    path = reverse("forecasting:health-list", args=[ask.org.slug])
    board = HealthBoard(reader=ask.reader, asked=query_of(ask, HEALTH), path=path, today=ask.today)
    check(ask, HEALTH, board.bound)
    answer = Answer(title="Customers at risk")
    if not board.table.count:
        return nothing(ask, answer, board.bound, what="customer")
    whole = board.standing.whole
    red = board.standing.of_band("red")
    answer.text = (
        f"**{board.table.count:,} {board.table.counted}**, most at risk first."
        f" In red: {red.count:,} of {whole.count:,};"
        f" value at risk {web.money(whole.at_risk, ask.currency)} of"
        f" {web.money(whole.value, ask.currency)} a year."
    )
    for tile in board.tiles[:4]:
        answer.figure(tile.label, tile.value, hint=tile.hint, href=tile.href)
    names = ("account", "score", "band", "change", "chance", "value", "at_risk", "driver", "owner")
    answer.tables.append(rows_of(board.table, most=wanted(ask), names=names))
    answer.link("Account health", board.table.url)
    answer.suggestions = ["Only the red ones", "Only mine"]
    return answer
