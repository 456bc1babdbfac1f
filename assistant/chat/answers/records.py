"""Answers about one account or deal, from what its own page knows."""

from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse

from accounts.about import account as about
from accounts.about import deal as about_deal
from accounts.about.clock import moment_of
from accounts.models import Account, Activity, Opportunity
from assistant.chat.answer import Answer
from assistant.chat.resolving import Ask, UnknownError
from crosssell.listing.panel import panel_of as to_sell
from forecasting.deal_page.head import head_of
from forecasting.deal_page.look import Look
from forecasting.deal_page.moves import moves_of
from forecasting.deal_page.reasons import reasons_of
from forecasting.deal_page.warned import warnings_of
from forecasting.health_pages.panel import Panel as HealthPanel
from forecasting.health_pages.why import reasons_of as health_reasons
from forecasting.models import DealAction, DealOutlook
from forecasting.tables.outlooks import warning_badges
from revenue.web.templatetags import web

LATELY = 4
WHOM = "Of which account or deal? Name it, for instance: “{example}”."


def subject_of(ask: Ask) -> Account | Opportunity:
    found = ask.record
    if found is None:
        raise UnknownError(WHOM.format(example=example_of(ask)))
    return found


def example_of(ask: Ask) -> str:
    first = Account.objects.visible_to(ask.reader).exclude(name="").order_by("name", "id").first()
    return f"tell me about {first}" if first else "tell me about Acme"


def page_of(row: Account | Opportunity, ask: Ask) -> str:
    kind = "deal" if isinstance(row, Opportunity) else "account"
    return reverse(f"accounts:{kind}-show", args=[ask.org.slug, row.pk])


def account(ask: Ask) -> Answer:
    """Overview, pipeline, engagement, risks, next steps."""
    found = subject_of(ask)
    if isinstance(found, Opportunity):
        return of_deal(ask, found)
    return of_account(ask, found)


def of_account(ask: Ask, row: Account) -> Answer:
    figures = about.figures(row, reader=ask.reader, at=ask.at)
    url, money = page_of(row, ask), ask.currency
    answer = Answer(title=row.name)
    answer.link(row.name, url)
    answer.figure("Open pipeline", web.compact_money(figures.open_pipeline or 0, money),
                  hint=figures.open_hint, href=url)  # fmt: skip
    answer.figure("Won in all", web.compact_money(figures.won_total or 0, money),
                  hint=figures.won_hint, href=url)  # fmt: skip
    last = web.day(figures.last_activity) if figures.last_activity else "None"
    answer.figure("Last contact", last,
                  hint=figures.activity_hint, href=url)  # fmt: skip
    parts = [overview_of(row, ask), pipeline_of(row, ask, answer), engagement_of(row, ask, answer)]
    parts += [risks_of(row, ask, figures, answer), next_of(row, ask)]
    answer.text = "\n\n".join(part for part in parts if part)
    answer.suggestions = [
        f"Write {row.name} a friendly follow-up",
        f"What can I sell {row.name} next?",
        f"Prepare me for a call with {row.name}",
    ]
    return answer


def overview_of(row: Account, ask: Ask) -> str:
    place = ", ".join(part for part in (row.city, row.country) if part)
    people = f"{row.employees:,} people" if row.employees else ""
    owner = row.owner.name if row.owner is not None and row.owner.deleted_at is None else ""
    said = [row.industry, place, people, f"owned by {owner}" if owner else ""]
    products = about.products_of(row, reader=ask.reader)
    text = f"### Overview\n\n{'; '.join(part for part in said if part) or 'Little is recorded'}."
    if products:
        names = ", ".join(each.name for each in products[:5])
        more = f" and {len(products) - 5} more" if len(products) > 5 else ""
        text += f" It owns {names}{more}."
    return text


def pipeline_of(row: Account, ask: Ask, answer: Answer) -> str:
    part = about.deals_of(row, reader=ask.reader, closed=False)
    if not part.count:
        return "### Pipeline\n\nNo deal is open."
    outlooks = outlooks_of(part.rows, ask)
    lines = []
    for deal in part.rows[:5]:
        mark = answer.source(f"deal-{deal.pk}", deal.name, page_of(deal, ask))
        amount = (
            web.money(deal.amount, deal.currency or ask.currency) if deal.amount else "no amount"
        )
        closes = f"closes {web.day(deal.close_date)}" if deal.close_date else "no close date"
        outlook = outlooks.get(deal.external_id)
        chance = (
            f", chance {web.percent(outlook.probability)}, grade {outlook.grade}" if outlook else ""
        )
        lines.append(f"- {mark}: {amount}, {deal.stage or 'no stage'}, {closes}{chance}")
    more = f"\n\n{part.hidden} more stand on the page." if part.count > 5 else ""
    return "### Pipeline\n\n" + "\n".join(lines) + more


def outlooks_of(deals: Any, ask: Ask) -> dict[str, DealOutlook]:
    refs = [deal.external_id for deal in deals]
    rows = DealOutlook.objects.visible_to(ask.reader).filter(org=ask.org, opportunity_ref__in=refs)
    return {row.opportunity_ref: row for row in rows}


def activities_of(ask: Ask, **about_whom: Any) -> QuerySet[Any]:
    rows = Activity.objects.visible_to(ask.reader).filter(org=ask.org, **about_whom)
    until = moment_of(ask.org, at=ask.at)
    found: QuerySet[Any] = rows.filter(happens_at__lte=until).order_by(
        F("happens_at").desc(nulls_last=True), "-id"
    )
    return found


def engagement_of(row: Account, ask: Ask, answer: Answer) -> str:
    people = about.contacts_of(row, reader=ask.reader)
    text = "### Engagement\n\n"
    if people.count:
        names = []
        for contact in people.rows[:5]:
            url = reverse("accounts:contact-show", args=[ask.org.slug, contact.pk])
            mark = answer.source(f"contact-{contact.pk}", str(contact), url)
            names.append(f"{mark}{f' ({contact.title})' if contact.title else ''}")
        text += f"Known there: {', '.join(names)}"
        text += f" and {people.count - 5} more. " if people.count > 5 else ". "
    else:
        text += "Nobody there is recorded. "
    lines = recent_lines(activities_of(ask, account_ref=row.external_id))
    return text + (f"Lately:\n\n{lines}" if lines else "No contact is recorded.")


def recent_lines(rows: QuerySet[Any]) -> str:
    return "\n".join(
        f"- {each.happens_at:%-d %b %Y}, {each.get_kind_display().lower()}"
        f"{direction_of(each)}: {in_line(each.subject) or 'no subject'}"
        for each in rows[:LATELY]
    )


def direction_of(activity: Any) -> str:
    if activity.is_incoming is None:
        return ""
    return " from them" if activity.is_incoming else " from us"


def in_line(text: str) -> str:
    """What somebody typed stands as it is: no mark of ours is read in it."""
    return " ".join(text.replace("[[", "[ [").replace("*", "\\*").replace("`", "'").split())[:160]


def risks_of(row: Account, ask: Ask, figures: Any, answer: Answer) -> str:
    lines = []
    health = HealthPanel(row, ask.reader).row
    if health is not None:
        url = reverse("forecasting:health-list", args=[ask.org.slug])
        mark = answer.source("health", "Account health", f"{url}?q={row.name}")
        against = [one for one in health_reasons(health.reasons) if not one.is_good]
        why = f", above all: {against[0].title}" if against else ""
        lines.append(
            f"- Health {health.score} of 100, {health.get_band_display().lower()}{why} {mark}"
        )
    if figures.overdue:
        lines.append(f"- Deals past their close date: {figures.overdue}")
    if figures.open_cases:
        lines.append(f"- Open cases: {figures.open_cases:,}")
    part = about.deals_of(row, reader=ask.reader, closed=False)
    for outlook in outlooks_of(part.rows, ask).values():
        titles = ", ".join(title for title, _ in warning_badges(outlook))
        if titles:
            lines.append(f"- {in_line(outlook.name)}: {titles.lower()}")
    return "### Risks\n\n" + ("\n".join(lines) if lines else "Nothing recorded warns.")


def next_of(row: Account, ask: Ask) -> str:
    part = about.deals_of(row, reader=ask.reader, closed=False)
    lines = [
        f"- {in_line(deal.name)}: {in_line(deal.next_step)}" for deal in part.rows if deal.next_step
    ][:4]
    for each in to_sell(row, reader=ask.reader).could_own[:2]:
        lines.append(
            f"- Offer {in_line(each.product_said)}: chance {web.percent(each.probability)}"
            f"{f', worth {web.money(each.value, ask.currency)}' if each.value else ''}"
        )
    return "### Next steps\n\n" + ("\n".join(lines) if lines else "No next step is written down.")


def deal(ask: Ask) -> Answer:
    found = subject_of(ask)
    if isinstance(found, Opportunity):
        return of_deal(ask, found)
    part = about.deals_of(found, reader=ask.reader, closed=False)
    if part.count == 1:
        return of_deal(ask, part.rows[0])
    if not part.count:
        answer = of_account(ask, found)
        answer.notes.append(f"No deal of {found.name} is open: this is the account.")
        return answer
    answer = Answer(title=found.name, text=f"{found.name} has {part.count} open deals. Which one?")
    answer.choices = [
        {"label": each.name, "slot": "about", "value": f"deal:{each.pk}"} for each in part.rows[:6]
    ]
    return answer


def of_deal(ask: Ask, row: Opportunity) -> Answer:
    look = Look(deal=row, reader=ask.reader, at=ask.at)
    answer, url = Answer(title=row.name), page_of(row, ask)
    answer.link(row.name, url)
    amount = web.money(row.amount, row.currency or ask.currency) if row.amount else "no amount"
    figures = about_deal.figures(row, today=ask.today)
    if row.is_closed:
        state = "Won" if row.is_won else "Lost"
        answer.text = f"**{state}** on {web.day(row.close_date)}: {amount}."
        return answer
    closes = web.day(row.close_date) if row.close_date else "no close date"
    late = f" ({figures.overdue})" if figures.overdue else ""
    parts = [f"**{amount}** in {row.stage or 'no stage'}, to close {closes}{late}."]
    if look.outlook is not None:
        head = head_of(look.outlook)
        answer.figure("Chance", head.chance, hint=head.interval, href=url)
        answer.figure("Risk", head.risk, hint=f"grade {look.outlook.grade}", href=url)
        answer.figure(
            "Value at risk", web.compact_money(look.outlook.value_at_risk, ask.currency), href=url
        )
        parts.append(why_of(look))
    parts += [warned(look), people_and_contact(ask, row, answer), do_next(look)]
    answer.text = "\n\n".join(part for part in parts if part)
    answer.link("E-mail drafts", reverse("assistant:mail-show", args=[ask.org.slug, row.pk]))
    answer.suggestions = [
        "Write them a friendly follow-up",
        "Prepare me for the call",
        "What should I do next?",
    ]
    return answer


def why_of(look: Look) -> str:
    if look.analysis is None or not look.is_by_model or not look.analysis.steps:
        return "The chance is the rate of the stage: no model speaks here yet."
    reasons = reasons_of(look.analysis.steps)[:4]
    lines = [
        f"- {one.said}: {in_line(one.title)}{f', {in_line(one.words)}' if one.words else ''}"
        for one in reasons
    ]
    return "### Why this chance\n\n" + "\n".join(lines) if lines else ""


def warned(look: Look) -> str:
    lines = [f"- {one.title} {one.lasting}".rstrip() for one in warnings_of(look)]
    return "### Warnings\n\n" + "\n".join(lines) if lines else ""


def people_and_contact(ask: Ask, row: Opportunity, answer: Answer) -> str:
    people = about_deal.people_of(row, reader=ask.reader)
    names = []
    for each in people[:5]:
        url = reverse("accounts:contact-show", args=[ask.org.slug, each.contact.pk])
        mark = answer.source(f"contact-{each.contact.pk}", str(each.contact), url)
        names.append(f"{mark}{f' ({each.role})' if each.role else ''}")
    text = f"With {', '.join(names)}." if names else "Nobody of the customer is recorded with it."
    lines = recent_lines(activities_of(ask, opportunity_ref=row.external_id))
    return f"### People and contact\n\n{text}" + (
        f" Lately:\n\n{lines}" if lines else " No contact is recorded."
    )


def do_next(look: Look) -> str:
    lines = [f"- {in_line(look.deal.next_step)}"] if look.deal.next_step else []
    actions = look.of_deal(DealAction).filter(state__in=["suggested", "accepted"]).order_by("id")
    lines += [f"- {in_line(each.title)}" for each in actions[:3]]
    if look.analysis is not None and look.is_by_model:
        for move in moves_of(look.analysis.moves)[:2]:
            lines.append(
                f"- {in_line(move.title)}: like deals with it have a chance of {move.chance}"
                f" ({move.said})"
            )
    return "### What to do\n\n" + "\n".join(lines) if lines else ""


def plan(ask: Ask) -> Answer:
    """What is known, in short; the plan itself is made and kept on the record's page."""
    answer = account(ask)
    row = subject_of(ask)
    answer.title = f"Before the call: {row}"
    answer.link(
        "The plan for the call", f"{page_of(row, ask)}#panel-assistant-{kind_of(row)}-panel"
    )
    answer.notes.append(
        "The full plan, with questions and objections, is made on the page of the record."
    )
    return answer


def kind_of(row: Account | Opportunity) -> str:
    return "deal" if isinstance(row, Opportunity) else "account"
