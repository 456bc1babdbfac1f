"""Pages of records: what each role reads on them, and what they cost."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Activity, Contact, Opportunity
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.accounts.about.world import CANARY, World, get, make_world, text
from tests.factories.facts import (
    NOON,
    a_case,
    a_contact,
    a_crm_user,
    a_customer,
    a_customer_account,
    a_field_change,
    a_lead,
    a_line_item,
    a_product,
    a_purchase,
    a_stage_change,
    an_account,
    an_activity,
    an_opportunity,
    an_opportunity_contact,
)
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return make_world()


def test_who_opens_a_record(client: Client, world: World) -> None:
    for page in world.pages:
        seen = {who: get(client, world, who, page).status_code for who in world.people}
        refused = {who for who, status in seen.items() if status == 404}
        assert refused == {"other", "stranger"}, page
        assert set(seen.values()) == {200, 404}


def test_lists_hold_what_each_role_may_see(client: Client, world: World) -> None:
    lists = {
        "accounts/": "Northwind Traders",
        "contacts/": "Ada Byron",
        "leads/": "Ann Lee",
        "deals/": "Renewal",
    }
    for page, name in lists.items():
        for who in ("rep", "manager"):
            html = text(client, world, page, who)
            assert name in html
            assert CANARY not in html, (page, who)
        for who in ("executive", "admin"):
            html = text(client, world, page, who)
            assert name in html
            assert CANARY in html
        html = text(client, world, page, "other")
        assert name not in html
        assert CANARY in html


def test_a_page_names_nothing_that_its_reader_may_not_open(client: Client, world: World) -> None:
    """A deal of one's own about an account with contacts of another."""
    hidden = Account.objects.get(name=f"{CANARY} Ltd")
    person = Contact.objects.get(name__startswith=CANARY)
    an_opportunity_contact(
        org=world.org, opportunity_ref=world.deal.external_id, contact_ref=person.external_id
    )
    world.account.parent_ref = hidden.external_id
    world.account.save()
    world.contact.reports_to_ref = person.external_id
    world.contact.save()
    for page in world.pages:
        assert CANARY not in text(client, world, page, "manager")
    assert CANARY in text(client, world, world.pages[3], "executive")


def test_deleted_is_not_there_and_merged_leads_to_what_is_left(
    client: Client, world: World
) -> None:
    mine: dict[str, Any] = {"org": world.org, "owner_ref": world.seller.external_id}
    gone = an_account(**mine, deleted_at=NOON)
    merged = an_account(**mine, deleted_at=NOON, merged_into_ref=world.account.external_id)
    assert get(client, world, "rep", f"accounts/{gone.pk}/").status_code == 404
    answer = get(client, world, "rep", f"accounts/{merged.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/o/acme/{world.pages[0]}")
    for who in ("other", "stranger"):
        assert get(client, world, who, f"accounts/{merged.pk}/").status_code == 404
    deal = an_opportunity(**mine, name="Orphan", account_ref=gone.external_id)
    assert f"/accounts/{gone.pk}/" not in text(client, world, f"deals/{deal.pk}/")
    assert f"/accounts/{gone.pk}/" not in text(client, world, "deals/")


def test_overdue_is_said_in_words_by_the_clock_of_the_org(client: Client, world: World) -> None:
    page = text(client, world, world.pages[3])
    assert "2 days overdue" in page
    assert "2 days" in text(client, world, "deals/?state=overdue")
    assert "1 overdue" in text(client, world, world.pages[0])
    world.deal.close_date = date(2026, 3, 2)
    world.deal.save()
    assert "overdue" not in text(client, world, world.pages[3])
    assert "today" in text(client, world, world.pages[3])
    assert "Renewal" not in text(client, world, "deals/?state=overdue")


def test_a_deal_says_how_it_moved(client: Client, world: World) -> None:
    ref, org = world.deal.external_id, world.org
    for day, stage, amount in ((-40, "Qualification", 800), (-10, "Proposal", 1000)):
        a_stage_change(
            org=org, opportunity_ref=ref, stage=stage, amount=amount, changed_at=NOON + DAY * day
        )
    before = a_crm_user(org=org, name="Sam Porter").external_id
    changes = {
        "stage": ("Qualification", "Proposal"),
        "amount": ("800", "1000"),
        "close_date": ("2026-01-31", "2026-02-28"),
        "owner_ref": (before, world.seller.external_id),
    }
    world.deal.created_at = NOON - DAY * 40
    world.deal.save()
    for name, (old, new) in changes.items():
        a_field_change(
            org=org,
            record_ref=ref,
            field_name=name,
            old_value=old,
            new_value=new,
            by_ref=world.seller.external_id,
            changed_at=NOON - DAY * 10,
        )
    page = text(client, world, world.pages[3])
    for said in (
        "after 30 days",
        "+€200",
        "+28 days, pushed",
        "Sam Porter",
        "€800 at first",
    ):
        assert said in page, said
    assert before not in page
    assert 'aria-current="step"' in page
    assert "40 days so far" in page


def test_money_has_its_currency_and_unlike_money_is_not_added(client: Client, world: World) -> None:
    page = text(client, world, world.pages[3])
    assert "€1,000" in page
    assert "In USD" in page
    listed = text(client, world, "deals/")
    assert "€1,000" in listed
    assert "In USD" in listed
    Opportunity.objects.filter(pk=world.deal.pk).update(currency="")
    cache.clear()
    assert "In USD</a>" not in text(client, world, "deals/")
    assert "$1,000" in text(client, world, world.pages[3])


def test_a_record_without_an_owner_says_so(client: Client, world: World) -> None:
    bare: dict[str, Any] = {"org": world.org, "owner_ref": None, "name": "", "created_at": None}
    made = [
        f"accounts/{an_account(**bare).pk}/",
        f"contacts/{a_contact(**bare, last_name='', first_name='').pk}/",
        f"leads/{a_lead(**bare, last_name='', company='').pk}/",
        f"deals/{an_opportunity(**bare, stage='', amount=None, close_date=None).pk}/",
    ]
    for page in made:
        html = text(client, world, page, "executive")
        assert "None" not in html, page
        assert "<h1" in html


def test_what_was_sold_is_counted_once(client: Client, world: World) -> None:
    """A CRM that keeps purchases makes them of the very lines that were won."""
    org, ref = world.org, world.account.external_id
    won = an_opportunity(org=org, won=True, account_ref=ref, owner_ref=world.seller.external_id)
    one, other = a_product(org=org, name="Sync Server"), a_product(org=org, name="Handbook")
    sold = {"org": org, "opportunity_ref": won.external_id, "corporate_total": Decimal(700)}
    a_line_item(**sold, product_ref=one.external_id)
    a_line_item(**sold, product_ref=other.external_id)
    a_purchase(org=org, account_ref=ref, product_ref=one.external_id, corporate_total=Decimal(700))
    page = text(client, world, world.pages[0])
    assert "Sync Server" in page
    assert "Handbook" in page
    assert page.count("$700") == 2
    assert "$1,400" not in page


def test_activity_by_kind_and_page_by_page(client: Client, world: World) -> None:
    ref, org = world.account.external_id, world.org
    for number in range(45):
        an_activity(
            org=org,
            account_ref=ref,
            owner_ref=world.seller.external_id,
            subject=f"Talk {number:02}",
            kind=Activity.Kind.CALL if number % 3 else Activity.Kind.EMAIL,
            happens_at=NOON - DAY * number,
        )
    later = an_activity(org=org, account_ref=ref, is_done=False, happens_at=NOON + DAY * 3)
    late = an_activity(org=org, account_ref=ref, is_done=False, happens_at=NOON - DAY * 60)
    page = world.pages[0]
    html = text(client, world, page)
    assert "Activity per week" in html
    assert html.count("Planned") == 1
    assert later.subject in html
    more = {"HX-Request": "true", "HX-Target": "timeline-more"}
    seen: list[str] = []
    while True:
        seen += [f"Talk {number:02}" for number in range(45) if f"Talk {number:02}" in html]
        at = html.find("before=")
        if at < 0:
            break
        cursor = html[at:].partition('"')[0]
        html = text(client, world, f"{page}?{cursor.replace('&amp;', '&')}", **more)
        assert "<html" not in html
    assert seen == [f"Talk {number:02}" for number in range(45)]
    assert late.subject in html
    assert "Overdue" in html
    block = {"HX-Request": "true", "HX-Target": "timeline"}
    mails = text(client, world, f"{page}?kind=email", **block)
    assert "<html" not in mails
    assert mails.count("timeline-icon") == 15
    assert "Talk 01" not in mails
    assert text(client, world, f"{page}?kind=nonsense").count("timeline-icon") == 20


def test_the_same_customer_elsewhere_is_named_to_its_members_alone(
    client: Client, world: World
) -> None:
    group = OrgGroupFactory()
    Org.objects.filter(pk=world.account.org_id).update(group=group)
    elsewhere = OrgFactory(group=group, name="Acme Europe")
    other = an_account(org=elsewhere, name="Northwind SARL")
    customer = a_customer(group=group)
    for account in (world.account, other):
        a_customer_account(customer=customer, org=account.org, account_ref=account.external_id)
    assert "Northwind SARL" not in text(client, world, world.pages[0], "executive")
    MembershipFactory(org=elsewhere, user=world.people["executive"].user, role=Role.EXECUTIVE)
    assert "Northwind SARL" in text(client, world, world.pages[0], "executive")


def test_names_of_customers_are_no_markup_and_addresses_of_the_web_are_links(
    client: Client, world: World
) -> None:
    Account.objects.filter(pk=world.account.pk).update(
        name="<img src=x onerror=alert(1)>" + "W" * 200, website="javascript:alert(1)"
    )
    page = text(client, world, world.pages[0])
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    assert 'href="https://northwind.example"' in text(client, world, world.pages[2])


def children(world: World, number: int) -> None:
    org = world.org
    mine: dict[str, Any] = {"org": org, "owner_ref": world.seller.external_id}
    ref, deal = world.account.external_id, world.deal.external_id
    for each in range(number):
        contact = a_contact(**mine, account_ref=ref)
        product = a_product(org=org)
        an_opportunity_contact(org=org, opportunity_ref=deal, contact_ref=contact.external_id)
        a_line_item(org=org, opportunity_ref=deal, product_ref=product.external_id)
        won = an_opportunity(**mine, won=True, account_ref=ref)
        a_line_item(org=org, opportunity_ref=won.external_id, product_ref=product.external_id)
        a_case(org=org, account_ref=ref)
        an_activity(**mine, account_ref=ref, opportunity_ref=deal, kind="call" if each else "task")
        a_field_change(org=org, record_ref=deal, by_ref=world.seller.external_id)
        a_stage_change(org=org, opportunity_ref=deal, by_ref=world.seller.external_id)
        a_lead(**mine)
        an_account(**mine)


MOST = {"accounts/": 12, "contacts/": 12, "leads/": 12, "deals/": 12, "team/": 14}


def costs(client: Client, world: World) -> dict[str, int]:
    found = {}
    for page in [*MOST, *world.pages]:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/o/{world.org.slug}/{page}").status_code == 200
        found[page] = len(asked)
    return found


def test_the_questions_of_a_page_do_not_grow_with_its_rows(client: Client, world: World) -> None:
    """Of a manager, who sees by the longest rules; ten are more than a part of a page shows."""
    client.force_login(world.people["manager"].user)
    children(world, 10)
    costs(client, world)  # What is kept for some minutes is found now.
    few = costs(client, world)
    children(world, 40)
    many = costs(client, world)
    assert many == few
    for page in many:
        assert many[page] <= MOST.get(page, 32), (page, many[page])


def test_the_team_is_drawn_and_each_seller_leads_to_their_deals(
    client: Client, world: World
) -> None:
    other = a_crm_user(
        org=world.org, name="Tom Becker", manager_ref=world.seller.manager_ref
    ).external_id
    an_opportunity(org=world.org, owner_ref=other, won=True, close_date=date(2026, 1, 5))
    page = text(client, world, "team/", "manager")
    assert "Open and won by seller" in page
    assert f"/o/acme/deals/?owner={other}" in page
    assert CANARY not in page
    assert get(client, world, "rep", "team/").status_code == 403


def test_a_list_is_sorted_and_narrowed_by_its_address(client: Client, world: World) -> None:
    mine: dict[str, Any] = {"org": world.org, "owner_ref": world.seller.external_id}
    for number in range(55):
        an_opportunity(**mine, name=f"Deal no {number:02}", amount=number, corporate_amount=number)
    block = {"HX-Request": "true", "HX-Target": "deals"}
    first = text(client, world, "deals/?sort=-corporate", **block)
    assert "Renewal" in first
    assert "Deal no 03" not in first
    narrowed = text(client, world, "deals/?amount_from=50&amount_to=52&sort=-corporate", **block)
    places = [narrowed.index(f"Deal no {number}") for number in (52, 51, 50)]
    assert places == sorted(places)
    assert "Deal no 49" not in narrowed
    assert "Deal no 53" not in narrowed
    broken = text(client, world, "deals/?amount_from=abc&close_from=x&cursor=zzz", **block)
    assert "Deal no 01" in broken


def test_names_stand_in_the_order_of_people(client: Client, world: World) -> None:
    for name in ("ZULU", "andersen", "Örsted", "ÖRSTED B", "Older", "Zebra", "Émile"):
        an_account(org=world.org, owner_ref=world.seller.external_id, name=name)
    for page, names in (
        ("accounts/", ["andersen", "Émile", "Northwind", "Older", "Örsted", "ÖRSTED B", "Zebra"]),
        ("accounts/?sort=-name", ["ZULU", "Zebra", "ÖRSTED B", "Older", "Northwind", "andersen"]),
    ):
        html = text(client, world, page)
        places = [html.index(f">{name}") for name in names]
        assert places == sorted(places)
    for number in range(60):
        an_account(org=world.org, owner_ref=world.seller.external_id, name=f"M {number:02}")
    seen: list[str] = []
    address = "accounts/"
    while address:
        html = text(client, world, address)
        seen += re.findall(r">(M \d\d|Zebra|andersen)<", html)
        further = re.search(r'rel="next"[^>]*? href="/o/acme/([^"]+)"', html)
        address = unescape(further[1]) if further else ""
    assert seen == ["andersen", *(f"M {number:02}" for number in range(60)), "Zebra"]


def test_an_empty_org_says_what_to_do(client: Client) -> None:
    admin = MembershipFactory(role=Role.ADMIN)
    client.force_login(admin.user)
    for page in ("accounts", "contacts", "leads", "deals"):
        html = client.get(f"/o/{admin.org.slug}/{page}/").content.decode()
        assert "Connect the CRM" in html
    Org.objects.filter(pk=admin.org.pk).update(data_as_of=timezone.now())
    html = client.get(f"/o/{admin.org.slug}/accounts/?q=nobody").content.decode()
    assert "Nothing matches these filters" in html
