"""What a reader finds in a file: its text piece by piece, as it stands there."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

BlockKind = Literal["heading", "paragraph", "item", "row"]
MOST_BLOCKS = 40_000
MOST_LETTERS = 2_500_000


class UnreadableError(Exception):
    """Why a file cannot be read, and what to do, in words for the person who brought it."""


@dataclass(frozen=True)
class Block:
    text: str
    kind: BlockKind = "paragraph"
    level: int = 0  # of a heading, from 1
    page: int | None = None


@dataclass
class Found:
    blocks: list[Block] = field(default_factory=list)
    pages: int | None = None
    notes: list[str] = field(default_factory=list)

    def judged(self) -> "Found":
        letters = sum(len(block.text) for block in self.blocks)
        if letters > MOST_LETTERS or len(self.blocks) > MOST_BLOCKS:
            raise UnreadableError(
                "It holds more text than a document may, which is about 400,000 words. "
                "Bring it in parts."
            )
        return self

    def as_data(self) -> dict[str, Any]:
        return {
            "blocks": [asdict(block) for block in self.blocks],
            "pages": self.pages,
            "notes": self.notes,
        }


def squeezed(text: str) -> str:
    """In one line, with one space between words."""
    return " ".join(text.split())


def hidden_note(words: int) -> str:
    return (
        f"{words:,} word{'' if words == 1 else 's'} that a reader would not see "
        f"{'was' if words == 1 else 'were'} left out."
    )
