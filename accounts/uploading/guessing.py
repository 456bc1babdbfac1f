"""What the columns of an unknown file are likely to be: by their names, and by what they hold."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.connectors.csv_files.layouts.base import family_of
from accounts.connectors.csv_files.mapping import columns_of, object_behind
from accounts.connectors.csv_files.values import (
    DATES,
    date_kinds,
    is_boolean,
    is_nothing,
    number_kinds,
)
from accounts.records import OBJECTS, SourceObject
from accounts.uploading.sample import SampleColumn

# What people call the columns of ours, without spaces and signs.
SAID = {
    "name": "name title dealname opportunityname opportunity deal subject accountname companyname "
    "company customer customername leadname contactname fullname productname product account",
    "stage": "stage dealstage stagename salesstage phase pipelinestage status dealstatus",
    "status": "status leadstatus state casestatus",
    "amount": "amount value dealvalue dealamount dealsize size closevalue total totalvalue "
    "revenue price acv arr tcv betrag wert",
    "close_date": "closedate closed closingdate dateclosed expectedclose expectedclosedate "
    "enddate closedon abschluss abschlussdatum",
    "created_at": "created createdate createddate createdat createdon datecreated opened opendate "
    "creationdate engagedate startdate",
    "modified_at": "modified lastmodified modifieddate lastmodifieddate updated updatedat "
    "lastupdated",
    "owner_ref": "owner ownername salesrep salesperson rep seller salesagent accountexecutive "
    "accountmanager assignedto ownerid agent verantwortlich "
    "verkäufer verkaeufer",
    "account_ref": "account accountname accountid customer customername customerid company "
    "companyname companyid client organisation organization kunde",
    "contact_ref": "contact contactid contactname",
    "product_ref": "product productname productid item sku",
    "currency": "currency currencycode currencyisocode waehrung",
    "probability": "probability winprobability likelihood",
    "is_won": "won iswon outcome win",
    "is_closed": "closed isclosed",
    "source": "source leadsource channel origin originaltrafficsource",
    "industry": "industry sector vertical branche",
    "employees": "employees numberofemployees headcount staff companysize",
    "annual_revenue": "annualrevenue revenue turnover umsatz",
    "website": "website url domain web homepage",
    "phone": "phone telephone phonenumber tel telefon",
    "mobile": "mobile mobilephone cell cellphone",
    "email": "email mail emailaddress",
    "first_name": "firstname givenname vorname",
    "last_name": "lastname surname familyname nachname",
    "company": "company companyname account organisation organization",
    "country": "country land location officelocation",
    "postal_code": "postalcode zip zipcode postcode plz",
    "kind": "type dealtype category kind",
    "description": "description notes note comment comments",
    "next_step": "nextstep nextsteps",
    "title": "title jobtitle position role",
    "is_converted": "converted isconverted",
    "last_activity_date": "lastactivity lastactivitydate lastcontacted",
}
KNOWN = {column: frozenset(names.split()) for column, names in SAID.items()}
IDS = ("id", "recordid", "externalid", "uuid", "guid", "key", "number", "no", "code", "ref")
WORDS = {
    "Opportunity": ("deal", "opportunit", "pipeline", "sales"),
    "Account": ("account", "compan", "customer", "client", "organi"),
    "Contact": ("contact", "people", "person"),
    "Lead": ("lead", "prospect"),
    "Product2": ("product", "item", "catalog"),
    "User": ("user", "rep", "seller", "team", "owner"),
    "Case": ("case", "ticket", "support"),
    "Task": ("task", "activit", "call"),
}
SIGNS = re.compile(r"[\W_]+")
BY_NAME = "name:"
BY_VALUE = "column:"


@dataclass(frozen=True)
class Guess:
    """`fields` is the place of a column in the file → where it goes, in the words of the form."""

    object_name: str
    key: tuple[int, ...]
    fields: dict[int, str] = field(default_factory=dict)


def squeezed(text: str) -> str:
    return SIGNS.sub("", text).casefold()


def guess_object(columns: Sequence[SampleColumn], *, file_name: str) -> str:
    """Of those that people bring files of; what is named by the file counts for two columns."""
    said = squeezed(file_name.split(".", maxsplit=1)[0])

    def score(name: str) -> float:
        named = 2.0 * any(word in said for word in WORDS[name])
        return len(guess_fields(OBJECTS[name], columns)) + named

    return max(WORDS, key=score)


def guess_for(object_name: str, columns: Sequence[SampleColumn], *, unique: Iterable[int]) -> Guess:
    found = OBJECTS[object_name]
    fields = guess_fields(found, columns)
    header = [each.name for each in columns]
    return Guess(object_name, guess_key(found, header, fields, unique=set(unique)), fields)


def guess_key(
    found: SourceObject, header: Sequence[str], fields: dict[int, str], *, unique: set[int]
) -> tuple[int, ...]:
    """A column that is called an id and holds no value twice; else one that does; else the name."""
    own = (found.record.replace(" ", ""), squeezed(found.name), *WORDS.get(found.name, ()))
    names = [squeezed(each) for each in header]
    called = [
        place
        for place, name in enumerate(names)
        if name in IDS or any(name.startswith(word) and name.endswith(IDS) for word in own)
    ]
    named = [place for place, goes in fields.items() if goes == f"{BY_VALUE}name"]
    for places in (called, named):
        for place in places:
            if place in unique:
                return (place,)
    return tuple((called or named or [0])[:1])


def guess_fields(found: SourceObject, columns: Sequence[SampleColumn]) -> dict[int, str]:
    """A column of ours is filled once: by what is called most like it, and holds what it wants."""
    made: dict[int, str] = {}
    taken: set[str] = set()
    for is_alike in (is_same, is_said):
        for place, each in enumerate(columns):
            name = squeezed(each.name)
            open_ones = (ours for ours in columns_of(found) if ours not in {*taken, "external_id"})
            for ours in open_ones if name and place not in made else ():
                if is_alike(found, ours, name) and fits(found, ours, each):
                    made[place] = goes(found, ours, header_name=name)
                    taken.add(ours)
                    break
    return made


def is_same(found: SourceObject, ours: str, name: str) -> bool:
    theirs = {squeezed(known) for known, column in found.columns.items() if column == ours}
    return name in {squeezed(ours), squeezed(ours.removesuffix("_ref")), *theirs}


def is_said(found: SourceObject, ours: str, name: str) -> bool:  # noqa: ARG001  one form for both
    return name in KNOWN.get(ours, ())


def goes(found: SourceObject, column: str, *, header_name: str) -> str:
    is_named = object_behind(found, column) and not header_name.endswith(("id", "ids"))
    return f"{BY_NAME if is_named else BY_VALUE}{column}"


def fits(found: SourceObject, ours: str, column: SampleColumn) -> bool:
    """Most of the values are what the column wants; the others are what a person must see."""
    if all(map(is_nothing, column.many)):
        return True
    family = family_of(found.name, ours)
    tests: dict[str, Callable[[str], Any]] = {
        "number": number_kinds,
        "date": lambda text: date_kinds(text, serials=True),
        "boolean": is_boolean,
    }
    if family not in tests:
        return column.column.kind not in DATES
    return column.share(tests[family]) > 0.5
