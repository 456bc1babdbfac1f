"""Who gets what from the address of one row: it is not there for those who may not see the row."""

from dataclasses import replace

from tests.access.rules import MEMBERS, Persona, Rule, api, methods
from tests.access.shows import READERS


def own(*passes: Persona, of: set[Persona], **answers: int) -> Rule:
    """An address of one row: it is not there for the members who may not see the row."""
    hidden = tuple(methods(**answers))
    return Rule(
        passes=of,
        answers=methods(**answers),
        but={person: dict.fromkeys(hidden, 404) for person in of - set(passes)},
    )


RECORD_OF_THE_REP = own(*READERS, of=MEMBERS, get=200)
API_RECORD_OF_THE_REP = replace(
    api(*MEMBERS, get=404), but=dict.fromkeys(READERS, methods(get=200))
)
