"""Who gets what from the pages of what finds."""

from tests.access.records import RECORD_OF_THE_REP
from tests.access.rules import MEMBERS, Persona, Rule, action, page

P = Persona

RULES: dict[str, Rule] = {
    "assistant:search-texts": page(*MEMBERS),
    "assistant:search-activity": RECORD_OF_THE_REP,
    "assistant:search-settings": page(P.ADMIN, post=422),
    "assistant:search-again": action(P.ADMIN, post=302),
}
