"""Salesforce's Data Export and Data Loader: names as in the API, however they are cased."""

from accounts.connectors.csv_files.layouts.base import Field, Layout, Target, by_lower_case, has
from accounts.records import COMMON, OBJECTS, SourceObject
from accounts.salesforce_ids import full_id

LEAST = 3
# Beside Id: what a file that is not named after its object must have to be taken for one of it.
STAMPS = ("createddate", "systemmodstamp", "lastmodifieddate", "isdeleted", "createdbyid")


def recognise(*, header: list[str], stem: str) -> Layout | None:
    if not has(header, "Id"):
        return None
    found = object_of(header, stem=stem)
    return layout(found, header) if found else None


def object_of(header: list[str], *, stem: str) -> SourceObject | None:
    named = {each.lower() for each in header}
    by_name = next((each for each in OBJECTS.values() if each.name.lower() == stem.lower()), None)
    if by_name and overlap(by_name, named):
        return by_name
    if not named & set(STAMPS):
        return None
    best = max(OBJECTS.values(), key=lambda each: overlap(each, named))
    return best if overlap(best, named) >= LEAST else None


def overlap(found: SourceObject, named: set[str]) -> int:
    return sum(each.lower() in named for each in found.columns)


def layout(found: SourceObject, header: list[str]) -> Layout:
    named = by_lower_case(header)
    # What an object says of a common field goes before: a change of stage is of its CreatedDate.
    wanted = {
        **{theirs: ours for theirs, ours in COMMON.items() if theirs != "Id"},
        **found.columns,
    }
    if "systemmodstamp" not in named:
        wanted["LastModifiedDate"] = "modified_at"
    fields = {
        named[theirs.lower()]: Field(ours)
        for theirs, ours in wanted.items()
        if theirs.lower() in named
    }
    return Layout(
        f"Salesforce {found.name}",
        targets=(
            Target(
                found.name,
                key=(named["id"],),
                read_key=full_id,
                fields=fields,
                keeps_rest=True,
                deleted_by=named.get("isdeleted", ""),
            ),
        ),
    )
