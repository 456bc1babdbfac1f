"""At the door: a password, a code, a passkey, too many tries, and leaving again."""

import re

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from playwright.sync_api import Page, expect

from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit, Visitor
from tests.factories.people import PASSWORD

WRONG = "not the pass phrase"
THIS_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def code_of(secret: str, *, step: int) -> str:
    """A code is good once: the second sign-in takes the one of the step after."""
    counters = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counters[1 + step])))


def confirm(page: Page) -> None:
    """What concerns the security of the account is asked for the password once more."""
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def test_a_wrong_password_is_told_and_the_right_one_leads_home(
    company: Company, visitor: Visit
) -> None:
    person = visitor()
    page = person.enter(company.user(Role.EXECUTIVE), WRONG)
    expect(page.get_by_role("alert")).to_contain_text("not correct")
    expect(page.locator("input[name=login]")).to_have_value("elena@acme.example")
    assert person.look("sign-in-refused") == []

    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/o/acme/overview/$"))


def test_who_signs_out_leaves_nothing_for_the_back_button(company: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.sign_in(company.user(Role.EXECUTIVE))
    expect(page.get_by_role("heading", name="Acme Instruments")).to_be_visible()
    person.sign_out()
    page.go_back()

    expect(page).to_have_url(re.compile(r"/account/login/\?next=/o/acme/overview/$"))
    expect(page.locator("body")).not_to_contain_text("Acme Instruments")


def test_the_link_that_asked_for_a_sign_in_is_where_it_leads(
    company: Company, visitor: Visit
) -> None:
    person = visitor()
    page = person.open("/o/acme/members/?q=Rosa")
    page.fill("input[name=login]", company.user(Role.MANAGER).email)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"/o/acme/members/\?q=Rosa$"))
    expect(page.locator("#members tbody th")).to_have_text(["Rosa Delgado"])


def test_an_authenticator_app_is_set_up_and_then_asked_for(
    company: Company, visitor: Visit
) -> None:
    person = visitor()
    page = person.sign_in(company.user(Role.EXECUTIVE))
    person.open("/me/security/")
    page.get_by_role("link", name="Set up an authenticator app").click()
    confirm(page)
    assert person.look("authenticator-app") == []
    secret = page.locator("#totp-secret").inner_text()
    page.fill("input[name=code]", code_of(secret, step=0))
    page.get_by_role("button", name="Activate").click()

    expect(page.locator(".codes li")).to_have_count(10)
    assert person.look("recovery-codes") == []
    person.wear(size="desktop", scheme="light")
    person.sign_out()
    person.enter(company.user(Role.EXECUTIVE))
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert person.look("second-step") == []
    page.fill("input[name=code]", code_of(secret, step=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/o/acme/overview/$"))


def test_a_recovery_code_opens_once(company: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.sign_in(company.user(Role.REP))
    person.open("/account/2fa/totp/activate/")
    confirm(page)
    page.fill("input[name=code]", code_of(page.locator("#totp-secret").inner_text(), step=0))
    page.get_by_role("button", name="Activate").click()
    code = page.locator(".codes li").first.inner_text()

    def enter_with_it() -> None:
        person.enter(company.user(Role.REP))
        page.fill("input[name=code]", code)
        page.get_by_role("button", name="Sign in", exact=True).click()

    person.sign_out()
    enter_with_it()
    expect(page).to_have_url(re.compile("/o/acme/risk/$"))
    person.sign_out()
    enter_with_it()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    expect(page.locator(".errorlist, [role=alert]").first).to_contain_text("code")


def test_a_passkey_is_added_and_signs_in_alone(company: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.sign_in(company.user(Role.EXECUTIVE))
    device = person.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": THIS_DEVICE})

    person.open("/me/security/")
    page.get_by_role("link", name="Add passkeys").click()
    confirm(page)
    assert person.look("passkey") == []
    person.wear(size="desktop", scheme="light")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".codes li")).to_have_count(10)
    person.open("/account/2fa/webauthn/")
    expect(page.locator(".lines li")).to_contain_text(["Passkey"])
    assert person.look("passkeys") == []

    person.wear(size="desktop", scheme="light")
    person.sign_out()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/o/acme/overview/$"))
    person.open("/me/security/")
    expect(page.locator("main")).to_contain_text("Passkey")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_too_many_tries_are_told_how_long_to_wait(
    size: str, company: Company, visitor: Visit
) -> None:
    person: Visitor = visitor(size=size, expected=[429])
    user = company.user(Role.REP)
    page = person.page
    for _ in range(5):
        person.enter(user, WRONG)
        expect(page.get_by_role("alert")).to_be_visible()
    with page.expect_response(lambda answer: answer.status == 429) as refusal:
        person.enter(user, PASSWORD)
    assert refusal.value.headers["retry-after"] == "300"
    expect(page.get_by_role("main")).to_contain_text("Wait 5 minutes and try again")
    assert person.look("error-429") == []
