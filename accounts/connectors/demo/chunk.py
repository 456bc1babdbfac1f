"""Everything about a part of an org's customers, as arrays; tables are made from it."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo.companies import Companies, companies_of
from accounts.connectors.demo.deals import Deals, deals_of
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.leads import Leads, leads_of
from accounts.connectors.demo.satisfaction import Satisfaction, satisfaction_of
from accounts.connectors.demo.sellers import Sellers, sellers_of
from accounts.connectors.demo.setting import Setting
from accounts.connectors.demo.story import Story, story_of


@dataclass(frozen=True)
class Chunk:
    setting: Setting
    index: int
    until: int
    sellers: Sellers
    leads: Leads
    companies: Companies
    satisfaction: Satisfaction
    deals: Deals
    story: Story

    @property
    def deal_ends(self) -> Ints:
        """When nothing more happens to a deal: it is closed, or deleted as a duplicate."""
        return np.minimum(self.story.closed_at, self.deals.deleted_at)

    def seen(self, moments: Ints) -> Ints:
        """Moments that have come by now; 0 for the others."""
        return np.where(moments <= self.until, moments, 0)


def chunk_of(setting: Setting, index: int, until: int) -> Chunk:
    sellers = sellers_of(setting)
    leads = leads_of(setting, sellers, index, until)
    companies = companies_of(setting, sellers, leads, index, until)
    satisfaction = satisfaction_of(setting, companies, until)
    deals = deals_of(setting, sellers, companies, leads, satisfaction, until)
    return Chunk(
        setting=setting,
        index=index,
        until=until,
        sellers=sellers,
        leads=leads,
        companies=companies,
        satisfaction=satisfaction,
        deals=deals,
        story=story_of(setting, sellers, deals, until),
    )


def latest(*moments: Ints, until: int) -> Ints:
    """Of several moments a row, the last that has come."""
    stacked = np.stack([np.where(part <= until, part, 0) for part in moments])
    return np.asarray(stacked.max(axis=0), dtype=np.int64)
