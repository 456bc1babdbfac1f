"""The open deals of an account as they are foreseen, the most at risk first."""

from accounts.about.account import Part, part_of
from accounts.models import Account
from forecasting.deal_page.head import GRADES, TRENDS
from forecasting.models import DealOutlook
from revenue.users.models import Membership


def deals_of_account(account: Account, *, reader: Membership) -> Part:
    rows = DealOutlook.objects.visible_to(reader).filter(
        org=account.org, account_ref=account.external_id
    )
    found = part_of(rows.select_related("opportunity").order_by("-risk_value", "-id"))
    for row in found.rows:
        row.grade_kind, row.trend_kind = GRADES[row.grade], TRENDS[row.trend]
    return found
