"""Who gets what from the pages of documents of the house."""

from tests.access.rules import MEMBERS, Persona, Rule, action, page

P = Persona
EDITORS = (P.EXECUTIVE, P.ADMIN)

RULES: dict[str, Rule] = {
    "assistant:knowledge-list": page(*MEMBERS),
    "assistant:knowledge-show": page(*MEMBERS),
    "assistant:passage-show": page(*MEMBERS),
    # The one that is there has no file: it is not found by those who may ask for it.
    "assistant:knowledge-file": page(*MEMBERS, get=404, head=405),
    "assistant:knowledge-upload": action(*EDITORS, post=422),
    "assistant:knowledge-version": action(*EDITORS, post=422),
    "assistant:knowledge-change": page(*EDITORS, post=422),
    "assistant:knowledge-remove": action(*EDITORS, post=302),
    "assistant:knowledge-restore": action(*EDITORS, post=302),
    "assistant:knowledge-again": action(*EDITORS, post=302),
    "assistant:knowledge-use": action(*EDITORS, post=302),
}
