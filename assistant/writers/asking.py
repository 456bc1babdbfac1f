"""What a writer is given and what it gives back, whoever it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

Schema = Mapping[str, Any]


class OfflineError(Exception):
    """Nobody writes: compose it from what is known, and show the notice where there is one."""

    def __init__(self, notice: str = "") -> None:
        super().__init__(notice)
        self.notice = notice


@dataclass(frozen=True)
class Turn:
    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Tool:
    """Reads, as the person who asks; `run` gets the arguments that fit the schema and no other."""

    name: str
    description: str
    schema: Schema
    run: Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Call:
    """Of a tool, as it was made; `problem` says why there was no answer."""

    name: str
    arguments: dict[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Usage:
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class Written:
    text: str
    data: Any = None
    calls: tuple[Call, ...] = ()
    usage: Usage = Usage()
    notice: str = ""


@dataclass(frozen=True)
class Asked:
    """One of a tool, as the provider words it."""

    ref: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Said:
    """One answer of a provider."""

    text: str
    asked: tuple[Asked, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    is_cut: bool = False


@dataclass(frozen=True)
class Round:
    """An answer that asked for tools, and what each of them gave."""

    said: Said
    results: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """One question to a provider, with the rounds that went before."""

    system: str
    turns: Sequence[Turn]
    max_tokens: int
    tools: Sequence[Tool] = ()
    schema: Schema | None = None
    rounds: tuple[Round, ...] = field(default=())


class Writer(Protocol):
    """Speaks one protocol. Raises what `assistant.writers.faults` has."""

    def say(self, request: Request, *, on_text: Callable[[str], None]) -> Said: ...
