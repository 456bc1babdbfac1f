"""Who gets what from the pages of questions in plain words."""

from tests.access.records import own
from tests.access.rules import MEMBERS, Persona, Rule, action, page
from tests.access.shows import READERS

P = Persona
ASKING = {*MEMBERS} - {P.INTEGRATOR}

RULES: dict[str, Rule] = {
    "assistant:chat-show": page(*ASKING),
    "assistant:chat-ask": action(*ASKING, post=422),
    # A conversation is its owner's alone, whoever stands above.
    "assistant:chat-open": own(P.REP, of=ASKING, get=200),
    "assistant:chat-rename": own(P.REP, of=ASKING, post=302),
    "assistant:chat-delete": own(P.REP, of=ASKING, post=302),
    "assistant:turn-show": own(P.REP, of=ASKING, get=302),
    "assistant:turn-change": own(P.REP, of=ASKING, post=302),
    "assistant:mail-show": own(*(READERS - {P.INTEGRATOR}), of=ASKING, get=200, post=302),
}
