"""A rep's list of lead scores: a row opened, its tier set by hand and given back to the model."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from revenue.users.models import Org
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.facts import a_crm_user, a_lead
from tests.factories.outlooks import a_lead_score
from tests.factories.selling import the_selling_run


def test_a_tier_is_set_by_hand_and_given_back(company: Company, visitor: Visit) -> None:
    now = timezone.now()
    Org.objects.filter(pk=company.org.pk).update(data_as_of=now)
    a_crm_user(org=company.org, external_id="u-rep", membership=company.people[Role.REP])
    the_selling_run(company.org, task="lead_score", report={"start": 0.2})
    for name, chance, tier in (("Ada Long", 0.4, "B"), ("Bob Short", 0.1, "D")):
        came = now - timedelta(days=3)
        lead = a_lead(org=company.org, owner_ref="u-rep", name=name, created_at=came)
        a_lead_score(lead=lead, probability=chance, tier=tier, as_of=now)
    person = visitor()
    page = person.arrive(company.user(Role.REP), reverse("forecasting:lead-list", args=["acme"]))
    table = page.locator("#lead-scores")
    row = table.locator("tbody tr:not(.row-detail)", has_text="Bob Short")
    row.locator(".row-turn").click()
    table.get_by_text("Set the tier by hand").click()
    problems = person.look("lead-scores-open")
    table.locator("select[name=tier]").select_option("A")
    table.get_by_label("What do you know?").fill("Their director called")
    table.get_by_role("button", name="Set the tier", exact=True).click()
    expect(row).to_contain_text("by hand; model: D")
    expect(table.get_by_text("“Their director called”")).to_be_visible()
    expect(page.locator("#lead-figures .tile", has_text="Set by hand")).to_contain_text("1")
    table.get_by_role("button", name="Reset to the model").click()
    expect(row).not_to_contain_text("by hand")
    expect(page.locator("#lead-figures .tile", has_text="Set by hand")).to_contain_text("0")
    page.goto(person.base + reverse("forecasting:lead-panel", args=["acme", lead.pk]))
    expect(page.get_by_text("From any lead to this one")).to_be_visible()
    problems += person.look("lead-panel")
    page.goto(person.base + reverse("forecasting:lead-speed", args=["acme"]))
    problems += person.look("lead-speed")
    assert problems == [], "\n".join(problems)
