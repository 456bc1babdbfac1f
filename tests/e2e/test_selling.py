"""A rep's list of what to sell next, opened and answered; and what those above read of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from crosssell.models import Recommendation
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit, Visitor
from tests.factories.facts import a_crm_user, a_product, a_purchase, an_account
from tests.factories.models import a_model_run
from tests.factories.selling import a_recommendation

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk & Söhne"


@pytest.fixture
def selling(company: Company) -> Company:
    now = timezone.now()
    Org.objects.filter(pk=company.org.pk).update(data_as_of=now)
    for role, boss in {Role.MANAGER: None, Role.REP: "u-manager"}.items():
        a_crm_user(
            org=company.org,
            external_id=f"u-{role}",
            name=company.user(role).full_name,
            membership=company.people[role],
            manager_ref=boss,
        )
    judged_run(company.org)
    products = [
        a_product(org=company.org, name=f"Product {number}", family=f"Family {number % 3}")
        for number in range(8)
    ]
    for number in range(6):
        name = LONG if number == 0 else f"Customer {number}"
        account = an_account(org=company.org, name=name, owner_ref="u-rep")
        a_purchase(
            org=company.org, account_ref=account.external_id, product_ref=products[7].external_id
        )
        for rank, product in enumerate(products[: number + 1], start=1):
            a_recommendation(
                account=account,
                product=product,
                rank=rank,
                kind="bundle" if rank % 2 else "lookalike",
                probability=0.5 / rank,
                price=Decimal(9000 + number),
                suggested_at=now,
                as_of=now,
                expires_on=(now + timedelta(days=60)).date(),
            )
    return company


def judged_run(org: Org) -> None:
    def figures(ndcg: float) -> dict[str, object]:
        return {
            "ndcg": ndcg,
            "precision": 0.08,
            "recall": 0.4,
            "hit_rate": 0.5,
            "coverage": 0.9,
            "groups": 812,
            "intervals": {"ndcg": [ndcg - 0.02, ndcg + 0.02]},
        }

    a_model_run(
        org=org,
        task="crosssell",
        live=True,
        metrics=figures(0.4),
        baselines={"ease": figures(0.31), "recent": figures(0.2), "random": figures(0.05)},
        report={
            "kind": "blend",
            "windows": {"test_from": "2026-01-01T00:00:00", "until": "2026-04-01T00:00:00"},
            "choice": {
                "chosen": "fitted",
                "weights": {
                    "fitted": {"network": 0.1, "ranker": 0.5, "forest": 0.1, "boosted": 0.3},
                    "starting": {"network": 0.3, "ranker": 0.3, "forest": 0.2, "boosted": 0.2},
                },
            },
            "members": {"ranker": {"ndcg": 0.39}},
            "candidates": {
                "cross_org": {"together": {"more": 0.8}, "lookalike": {"more": 0.5}},
                "single_org": {"together": {"more": 0.7}},
            },
        },
    )


def seen(person: Visitor, paths: dict[str, str]) -> list[str]:
    problems: list[str] = []
    for name, path in paths.items():
        answer = person.page.goto(person.base + path, wait_until="load")
        if answer is None or not answer.ok:
            problems.append(f"{path} answered {answer and answer.status}")
        problems += person.look(name)
    return problems


def test_a_rep_opens_accepts_and_dismisses(selling: Company, visitor: Visit) -> None:
    person = visitor(expected={422})
    page = person.arrive(
        selling.user(Role.REP), reverse("crosssell:recommendation-list", args=["acme"])
    )
    expect(page.get_by_role("heading", name="What to sell next")).to_be_visible()
    page.locator(".row-turn").first.click()
    expect(page.get_by_role("heading", name="For it", exact=True)).to_be_visible()
    problems = person.look("sell-list-open")
    # The list is drawn anew around what was decided.
    with page.expect_response(lambda answer: answer.url.endswith(page.url.split("/o/")[1])):
        page.get_by_role("button", name="Accept").first.click()
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping')")
    expect(page.get_by_text("Accepted by")).to_be_visible()
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    page.locator(".deal-why-not > summary").first.click()
    page.get_by_role("button", name="Dismiss it").click()
    expect(page.get_by_text("Choose why not")).to_be_visible()
    page.get_by_label("Why not?").select_option("time")
    page.get_by_role("button", name="Dismiss it").click()
    expect(page.get_by_text("“Not now”")).to_be_visible()
    row = Recommendation.objects.get(state="dismissed")
    assert [each["state"] for each in row.past] == ["accepted", "dismissed"]
    problems += seen(
        person,
        {
            "sell-by-account": reverse("crosssell:suggested-accounts", args=["acme"]),
            "sell-one": reverse("crosssell:recommendation-show", args=["acme", row.pk]),
            "sell-panel": reverse("crosssell:account-panel", args=["acme", row.account.pk]),
            "sell-account": reverse("accounts:account-show", args=["acme", row.account.pk]),
        },
    )
    assert problems == [], "\n".join(problems)


def test_those_above_read_team_evaluation_and_policy(selling: Company, visitor: Visit) -> None:
    person = visitor()
    person.arrive(
        selling.user(Role.EXECUTIVE), reverse("crosssell:recommendation-team", args=["acme"])
    )
    problems = person.look("sell-team")
    evaluation = reverse("crosssell:evaluation-show", args=["acme"])
    problems += seen(person, {"sell-evaluation": evaluation})
    admin = visitor()
    admin.arrive(selling.user(Role.ADMIN), reverse("crosssell:policy-show", args=["acme"]))
    problems += admin.look("sell-policy")
    assert problems == [], "\n".join(problems)
