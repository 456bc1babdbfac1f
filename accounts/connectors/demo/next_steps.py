"""What a deal's seller means to do next, as the CRM keeps it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.contacts import CONTACT_BITS
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.texts.english import NEXT_STEPS
from accounts.connectors.demo.texts.writing import Facts, pick

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

NO_STEP = 0.14  # of the stages that a deal reaches, nobody writes one


def next_step_codes(chunk: Chunk, deal: Ints, stage: Ints) -> Ints:
    """The stage at which it was written; -1 where there is none."""
    key = _key(chunk, deal, stage)
    forgot = chunk.setting.draws.happens("no next step", NO_STEP, key)
    return np.where((stage < e.OPEN_STAGES) & ~forgot, stage, -1)


def next_step_texts(scene: "Scene", deal: Ints, code: Ints) -> list[str | None]:
    drawn = scene.writer.drawn("next step", _key(scene.chunk, deal, np.maximum(code, 0)))
    return [
        pick(NEXT_STEPS[stage], one[0]).format_map(known) if stage >= 0 else None
        for stage, one, known in zip(code.tolist(), drawn, facts_of_deals(scene, deal), strict=True)
    ]


def _key(chunk: Chunk, deal: Ints, stage: Ints) -> Ints:
    return np.asarray(chunk.deals.number[deal] * 8 + np.minimum(stage, 7), dtype=np.int64)


def facts_of_deals(scene: "Scene", deal: Ints) -> Iterator[Facts]:
    deals = scene.chunk.deals
    account = deals.account[deal]
    person = scene.chunk.companies.number[account] << CONTACT_BITS
    return scene.writer.facts(
        account=account,
        number=deals.number[deal],
        at=deals.created_at[deal],
        contact=person + deals.role_contact[deal, 0],
        owner=deals.owner[deal],
        deal=deal,
    )
