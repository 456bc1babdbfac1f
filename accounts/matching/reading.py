"""Accounts of a group's orgs as traits, streamed by one query an org."""

from collections.abc import Iterator

from django.db import connection

from accounts.matching.traits import Traits, core_name, domain_of, phone_of, plain, street_of

# An account without a website is known by the address that most of its contacts write from.
ACCOUNTS = """
    SELECT a.external_id, a.name, a.website, a.phone, a.street, a.postal_code, a.city, a.country,
           CASE WHEN a.website = '' THEN (
               SELECT mode() WITHIN GROUP (ORDER BY lower(split_part(c.email, '@', 2)))
               FROM accounts_contact c
               WHERE c.org_id = a.org_id AND c.account_ref = a.external_id
                 AND c.deleted_at IS NULL AND c.email LIKE '%%@%%'
           ) END
    FROM accounts_account a
    WHERE a.org_id = %s AND a.deleted_at IS NULL AND NOT a.is_person
    ORDER BY a.external_id
"""
# One country has many spellings; these are the ones that CRMs hold most.
COUNTRIES = {
    "united states": "us",
    "united states of america": "us",
    "usa": "us",
    "united kingdom": "gb",
    "great britain": "gb",
    "uk": "gb",
    "germany": "de",
    "deutschland": "de",
    "france": "fr",
    "spain": "es",
    "espana": "es",
    "italy": "it",
    "italia": "it",
    "canada": "ca",
    "netherlands": "nl",
    "austria": "at",
    "osterreich": "at",
    "switzerland": "ch",
    "schweiz": "ch",
}


def traits_of(*, org_id: int) -> Iterator[Traits]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(ACCOUNTS, [org_id])
        for ref, name, website, phone, street, postal_code, city, country, mail in cursor:
            place = plain(country)
            yield Traits(
                org_id=org_id,
                account_ref=ref,
                name=name,
                core_name=core_name(name),
                domain=domain_of(website or mail or ""),
                phone=phone_of(phone),
                street=street_of(street),
                postal_code=plain(postal_code).replace(" ", ""),
                city=plain(city),
                country=COUNTRIES.get(place, place),
            )
