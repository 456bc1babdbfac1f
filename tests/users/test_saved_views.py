import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from revenue.users import saved_views
from revenue.users.models import Membership, SavedView
from revenue.users.saved_views import SavedViewError, tidy
from tests.factories.people import MembershipFactory, OrgFactory

pytestmark = pytest.mark.django_db
PAGE = "forecasting:risk-list"


def keep(by: Membership, name: str = "Mine", query: str = "grade=D", **more: bool) -> SavedView:
    return saved_views.save(by=by, page=PAGE, name=name, query=query, at=timezone.now(), **more)


def seen(reader: Membership) -> set[str]:
    return {view.name for view in SavedView.objects.visible_to(reader)}


def test_an_address_is_kept_without_what_belongs_to_a_visit() -> None:
    assert tidy("?view=3&grade=D&grade=C&cursor=abc&open=1,2&sort=-amount&q=") == (
        "grade=D&grade=C&sort=-amount"
    )
    assert tidy("") == ""


def test_a_view_is_private_until_it_is_shared(rep: Membership) -> None:
    colleague = MembershipFactory(org=rep.org)
    stranger = MembershipFactory(org=OrgFactory(), user=rep.user)
    view = keep(rep)
    assert [seen(one) for one in (rep, colleague, stranger)] == [{"Mine"}, set(), set()]
    saved_views.change(view, name="Ours", is_shared=True, is_default=False, at=timezone.now())
    assert [seen(one) for one in (rep, colleague, stranger)] == [{"Ours"}, {"Ours"}, set()]
    Membership.objects.filter(pk=rep.pk).update(is_active=False)
    assert seen(colleague) == set()


def test_saving_under_a_name_in_use_changes_that_view(rep: Membership) -> None:
    first = keep(rep, name="Morning", query="grade=D")
    again = keep(rep, name="morning", query="grade=C&cursor=x")
    assert (again.pk, again.query) == (first.pk, "grade=C")
    assert SavedView.objects.count() == 1


def test_one_default_a_page_and_it_is_the_newest(rep: Membership) -> None:
    first, second = keep(rep, name="First", is_default=True), keep(rep, name="Second")
    path = reverse(PAGE, args=[rep.org.slug])
    assert saved_views.default_address(rep, page=PAGE) == f"{path}?view={first.pk}&grade=D"
    saved_views.change(second, name="Second", is_shared=False, is_default=True, at=timezone.now())
    assert list(SavedView.objects.filter(is_default=True)) == [second]
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.filter(pk=first.pk).update(is_default=True)


def test_a_name_of_ones_own_other_view_is_refused_with_a_sentence(rep: Membership) -> None:
    keep(rep, name="First")
    second = keep(rep, name="Second")
    with pytest.raises(SavedViewError, match="already: give another name"):
        saved_views.change(
            second, name="FIRST", is_shared=False, is_default=False, at=timezone.now()
        )
    with pytest.raises(SavedViewError, match="too long"):
        keep(rep, name="Long", query=f"q={'x' * 5000}")


def test_the_menu_knows_which_view_is_shown_and_whether_it_was_changed(rep: Membership) -> None:
    colleague = MembershipFactory(org=rep.org)
    mine, ours = keep(rep), keep(colleague, name="Ours", is_shared=True)
    keep(colleague, name="Theirs")
    asked = QueryDict(f"view={mine.pk}")
    views = saved_views.views_of(rep, page=PAGE, asked=asked, query="grade=D&cursor=x")
    assert [each.view for each in views.own] == [mine]
    assert [each.view for each in views.shared] == [ours]
    assert views.current is views.own[0]
    assert not views.is_changed
    later = saved_views.views_of(rep, page=PAGE, asked=asked, query="grade=C")
    assert later.is_changed


@pytest.fixture
def browser(rep: Membership, client: Client) -> Client:
    client.force_login(rep.user)
    return client


def test_by_the_pages_a_view_is_saved_renamed_shared_and_deleted(
    rep: Membership, browser: Client
) -> None:
    org = rep.org.slug
    saved = {"page": PAGE, "name": "Mine", "query": "grade=D&cursor=x", "is_default": "on"}
    answer = browser.post(reverse("users:view-save", args=[org]), saved)
    view = SavedView.objects.get()
    assert answer["Location"] == f"{reverse(PAGE, args=[org])}?view={view.pk}&grade=D"
    listed = browser.get(reverse("users:view-list", args=[org])).content.decode()
    assert "Mine" in listed
    change = reverse("users:view-change", args=[org, view.pk])
    browser.post(change, {"name": "Ours", "is_shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.is_shared, view.is_default) == ("Ours", True, False)
    answer = browser.post(change, {"name": " "}, follow=True)
    assert "Give the view a name." in answer.content.decode()
    browser.post(reverse("users:view-delete", args=[org, view.pk]))
    assert not SavedView.objects.exists()


def test_a_shared_view_of_somebody_else_is_not_there_to_be_changed(
    rep: Membership, browser: Client
) -> None:
    view = keep(MembershipFactory(org=rep.org), is_shared=True)
    for name in ("view-change", "view-delete"):
        address = reverse(f"users:{name}", args=[rep.org.slug, view.pk])
        assert browser.post(address, {"name": "Taken"}).status_code == 404
    view.refresh_from_db()
    assert view.name == "Mine"
