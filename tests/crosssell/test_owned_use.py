"""Which of an org's own fields tell how much of what was bought is used."""

import pytest

from crosssell.owned.use import Fields, fields_of


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Active_Users__c", "Licensed_Users__c"], Fields("Active_Users__c", "Licensed_Users__c")),
        (
            ["Licensed_Seats__c", "Storage_Used__c", "Storage_Limit__c"],
            Fields("Storage_Used__c", "Storage_Limit__c"),
        ),
        (["Monthly_Logins__c", "Credit_Limit__c"], Fields("Monthly_Logins__c", "")),
        (["Survey_Score__c"], Fields()),
        ([], Fields()),
    ],
)
def test_use_and_capacity_speak_of_the_same_thing(names: list[str], found: Fields) -> None:
    assert fields_of(names) == found
