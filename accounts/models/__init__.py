from accounts.models.account import Account, Contact, Lead
from accounts.models.activity import Activity, Campaign, CampaignMember, Case
from accounts.models.connection import Connection
from accounts.models.fact import Fact, FactQuerySet
from accounts.models.history import FieldChange, PipelineSnapshot, StageChange
from accounts.models.identity import Customer, CustomerAccount, Match
from accounts.models.money import CurrencyRate, Quota
from accounts.models.opportunity import (
    LineItem,
    Opportunity,
    OpportunityContact,
    Product,
    Purchase,
)
from accounts.models.search import SearchEntry, SearchWord
from accounts.models.seller import CrmRole, CrmUser
from accounts.models.sync import ObjectSync, RefusedRow, SourceField, SyncRun
from accounts.models.uploads import ColumnMapping, Upload, UploadedFile

__all__ = [
    "Account",
    "Activity",
    "Campaign",
    "CampaignMember",
    "Case",
    "ColumnMapping",
    "Connection",
    "Contact",
    "CrmRole",
    "CrmUser",
    "CurrencyRate",
    "Customer",
    "CustomerAccount",
    "Fact",
    "FactQuerySet",
    "FieldChange",
    "Lead",
    "LineItem",
    "Match",
    "ObjectSync",
    "Opportunity",
    "OpportunityContact",
    "PipelineSnapshot",
    "Product",
    "Purchase",
    "Quota",
    "RefusedRow",
    "SearchEntry",
    "SearchWord",
    "SourceField",
    "StageChange",
    "SyncRun",
    "Upload",
    "UploadedFile",
]
