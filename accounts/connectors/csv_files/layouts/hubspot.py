"""HubSpot's exports of deals, companies and contacts."""

from collections.abc import Mapping

from accounts.connectors.csv_files.layouts.base import (
    Cells,
    Field,
    Layout,
    Target,
    Values,
    by_lower_case,
    found_fields,
    has,
    named_in,
)

KEY = "Record ID"


def recognise(*, header: list[str]) -> Layout | None:
    if not has(header, KEY):
        return None
    if has(header, "Deal Name", "Deal Stage"):
        return layout("HubSpot deals", "Opportunity", header, DEAL, owner="Deal owner")
    if has(header, "Company name"):
        return layout("HubSpot companies", "Account", header, COMPANY, owner="Company owner")
    if has(header, "Email") and (has(header, "First Name") or has(header, "Last Name")):
        return layout("HubSpot contacts", "Contact", header, CONTACT, owner="Contact owner")
    return None


def first_id(text: str) -> str:
    return text.replace(",", ";").split(";")[0].strip()


OWNER = Field("owner_ref", refers_to="User")
COMPANY_IDS = ("Associated Company IDs (Primary)", "Primary Associated Company ID")
COMPANY_ID = (*COMPANY_IDS, "Associated Company IDs", "Associated Company ID")
COMPANY_NAMES = ("Associated Company (Primary)", "Associated Company", "Company name")
DEAL = {
    "Deal Name": Field("name"),
    "Deal Stage": Field("stage"),
    "Amount": Field("amount"),
    "Currency": Field("currency"),
    "Close Date": Field("close_date"),
    "Create Date": Field("created_at"),
    "Last Modified Date": Field("modified_at"),
    "Last Activity Date": Field("last_activity_date"),
    "Deal Type": Field("kind"),
    "Deal owner": OWNER,
    "Forecast category": Field("forecast_category"),
    "Next step": Field("next_step"),
    "Original Traffic Source": Field("source"),
    "Deal Description": Field("description"),
}
COMPANY = {
    "Company name": Field("name"),
    "Company owner": OWNER,
    "Create Date": Field("created_at"),
    "Last Modified Date": Field("modified_at"),
    "Last Activity Date": Field("last_activity_date"),
    "Type": Field("kind"),
    "Industry": Field("industry"),
    "Phone Number": Field("phone"),
    "Website URL": Field("website"),
    "Company Domain Name": Field("website"),
    "Number of Employees": Field("employees"),
    "Annual Revenue": Field("annual_revenue"),
    "Street Address": Field("street"),
    "City": Field("city"),
    "State/Region": Field("state"),
    "Postal Code": Field("postal_code"),
    "Country/Region": Field("country"),
    "Original Traffic Source": Field("source"),
    "Description": Field("description"),
    "Parent Company ID": Field("parent_ref", read=first_id),
}
CONTACT = {
    "First Name": Field("first_name"),
    "Last Name": Field("last_name"),
    "Email": Field("email"),
    "Phone Number": Field("phone"),
    "Mobile Phone Number": Field("mobile"),
    "Job Title": Field("title"),
    "Contact owner": OWNER,
    "Create Date": Field("created_at"),
    "Last Modified Date": Field("modified_at"),
    "Last Activity Date": Field("last_activity_date"),
    "City": Field("city"),
    "Country/Region": Field("country"),
    "Original Traffic Source": Field("source"),
}


def layout(
    name: str, object_name: str, header: list[str], wanted: Mapping[str, Field], *, owner: str
) -> Layout:
    is_deal = object_name == "Opportunity"
    fields = one_each(found_fields(header, wanted))
    if object_name != "Account":
        fields |= company_of(header)
    named = by_lower_case(header)
    stage = named.get("deal stage", "")

    def closed(values: Values, cells: Cells) -> Values:
        said = "".join(cells[stage].casefold().split())
        won = said.startswith("closedwon")
        return values | {"is_won": won, "is_closed": won or said.startswith("closedlost")}

    main = Target(
        object_name,
        key=(named[KEY.lower()],),
        fields=fields,
        keeps_rest=True,
        finish=closed if is_deal else None,
        finished=("is_won", "is_closed") if is_deal else (),
    )
    return Layout(name, targets=(main, *owners(named.get(owner.lower(), ""))))


def one_each(fields: dict[str, Field]) -> dict[str, Field]:
    """The first of two columns that say the same; the other is kept beside."""
    found: dict[str, Field] = {}
    for name, each in fields.items():
        if each.column not in {known.column for known in found.values()}:
            found[name] = each
    return found


def company_of(header: list[str]) -> dict[str, Field]:
    """By id where the export has ids, else by name."""
    named = by_lower_case(header)
    for name in COMPANY_ID:
        if name.lower() in named:
            return {named[name.lower()]: Field("account_ref", read=first_id)}
    for name in COMPANY_NAMES:
        if name.lower() in named:
            return {named[name.lower()]: Field("account_ref", refers_to="Account", by_name=True)}
    return {}


def owners(column: str) -> tuple[Target, ...]:
    """The export names sellers and says no more of them."""
    return (named_in(column, "User"),) if column else ()
