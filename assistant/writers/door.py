"""The one way to a written text: within the budget, as the person, in time; else offline."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog
from django.core.cache import cache

from assistant.models import WriterPolicy
from assistant.writers.anthropic import AnthropicWriter
from assistant.writers.asking import (
    Call,
    OfflineError,
    Request,
    Round,
    Said,
    Schema,
    Tool,
    Turn,
    Usage,
    Writer,
    Written,
)
from assistant.writers.budget import Account, account_of
from assistant.writers.faults import KEY_REFUSED, UNREADABLE, ProviderError
from assistant.writers.fencing import ABOUT_FENCES
from assistant.writers.openai import OpenAIWriter
from assistant.writers.patience import Patience
from assistant.writers.policy import policy_of, resting_key
from assistant.writers.striking import LEFT_OUT, Secrets, Voice, struck_within
from assistant.writers.tools import looked_up, problem_of
from revenue.users.encryption import UndecryptableError
from revenue.users.models import Org, User

log = structlog.get_logger(__name__)
MOST_ROUNDS = 6
MAX_TOKENS = 1500
REST_S = 30  # that a provider is left alone after it failed: a page asks for several texts
WITHOUT = ", so this was put together without a language model."
AS_JSON = (
    "Answer with one JSON object and nothing else, neither words nor fences around it. "
    "It must fit this JSON schema: "
)
MENDED = "That does not fit the schema: {why}. Answer again with the whole corrected JSON alone."
CUT = "The answer was longer than allowed and ends early."


def writer_for(*, org: Org) -> Writer | None:
    """None: offline, by choice or because nobody chose."""
    policy = policy_of(org)
    return None if policy.is_offline else made(policy)


def made(policy: WriterPolicy) -> AnthropicWriter | OpenAIWriter:
    try:
        key = policy.read_key()
    except UndecryptableError:
        raise OfflineError(notice_of(KEY_REFUSED)) from None
    patience = Patience(quiet_s=policy.quiet_s, total_s=policy.total_s)
    if policy.provider == WriterPolicy.Provider.ANTHROPIC:
        return AnthropicWriter(policy.model, key, patience, base_url=policy.base_url)
    return OpenAIWriter(
        policy.model, key, patience, base_url=policy.base_url, api_version=policy.api_version
    )


def write(  # noqa: PLR0913
    *,
    org: Org,
    by: User,
    purpose: str,
    system: str,
    turns: Sequence[Turn],
    at: datetime,
    tools: Sequence[Tool] = (),
    schema: Schema | None = None,
    on_text: Callable[[str], None] | None = None,
    max_tokens: int = MAX_TOKENS,
) -> Written:
    """`on_text` gets what `text` will hold, piece by piece; of data nothing is told before its end.

    Raises OfflineError: then compose it yourself, and show the notice where there is one.
    """
    policy = policy_of(org)
    if policy.is_offline:
        raise OfflineError
    account = account_of(policy, by=by, purpose=purpose, at=at)
    account.refuse_when_used_up()
    if resting := cache.get(resting_key(org)):
        raise OfflineError(resting)
    told = f"{ABOUT_FENCES}\n\n{system}"
    if schema is not None:
        told += f"\n\n{AS_JSON}{json.dumps(dict(schema))}"
    request = Request(told, tuple(turns), max_tokens, tuple(tools), schema)
    writer = made(policy)
    secrets = Secrets(told=[told], whole=[writer.key])
    try:
        return Conversation(
            writer, account, request, secrets, on_text if schema is None else None
        ).held()
    except ProviderError as fault:
        notice = notice_of(fault.words)
        log.warning("writer_failed", provider=policy.provider, org=org.slug, reason=str(fault))
        cache.set(resting_key(org), notice, REST_S)
        raise OfflineError(notice) from None


@dataclass
class Conversation:
    """Rounds with one provider until it has said all, each of them booked."""

    writer: AnthropicWriter | OpenAIWriter
    account: Account
    request: Request
    secrets: Secrets
    on_text: Callable[[str], None] | None
    calls: list[Call] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0
    texts: list[str] = field(default_factory=list)
    has_struck: bool = False

    def held(self) -> Written:
        said = self._said()
        for _ in range(MOST_ROUNDS):
            if not said.asked:
                break
            self._answer_tools(said)
            said = self._said()
        data = None
        if self.request.schema is not None:
            data, said = self._fitting(said)
        notice = LEFT_OUT if self.has_struck else CUT if said.is_cut else ""
        text = "" if data is not None else "".join(self.texts).strip()
        if data is None and not text and not self.has_struck:
            raise ProviderError(UNREADABLE, "tools, and no answer")
        return Written(text, data, tuple(self.calls), self._usage(), notice)

    def _said(self) -> Said:
        self.account.refuse_when_used_up()
        voice = Voice(secrets=self.secrets, on_text=self._heard)
        is_last_round = len(self.request.rounds) >= MOST_ROUNDS
        request = replace(self.request, tools=()) if is_last_round else self.request

        def once() -> Said:
            try:
                said = self.writer.say(request, on_text=voice.feed)
            except ProviderError as fault:
                self._book(request, fault.said, has_failed=True)
                raise
            return self._book(request, said, has_failed=False)

        said = self.writer.patience.tried(once, may_repeat=lambda: not voice.has_heard)
        if self.request.schema is None:
            voice.end()
            self.has_struck |= voice.has_struck
        return said

    def _heard(self, piece: str) -> None:
        if self.request.schema is None:
            self.texts.append(piece)
            if self.on_text:
                self.on_text(piece)

    def _book(self, request: Request, said: Said, *, has_failed: bool) -> Said:
        counted = self.account.book(request, said, has_failed=has_failed)
        self.tokens_in += counted.tokens_in
        self.tokens_out += counted.tokens_out
        return counted

    def _usage(self) -> Usage:
        cost = self.account.policy.cost(tokens_in=self.tokens_in, tokens_out=self.tokens_out)
        return Usage(self.tokens_in, self.tokens_out, cost)

    def _answer_tools(self, said: Said) -> None:
        results = []
        for asked in said.asked:
            call, result = looked_up(asked, tools=self.request.tools)
            self.calls.append(call)
            results.append(result)
        self._go_on(said, results)
        if self.texts and said.text.strip():
            self._heard("\n\n")

    def _go_on(self, said: Said, results: Sequence[str]) -> None:
        rounds = (*self.request.rounds, Round(said, tuple(results)))
        self.request = replace(self.request, rounds=rounds)

    def _fitting(self, said: Said) -> tuple[Any, Said]:
        """Once more where it does not fit; a third time would not help."""
        assert self.request.schema is not None  # noqa: S101
        data, why = data_in(said.text, self.request.schema)
        if why:
            self._go_on(replace(said, asked=()), [MENDED.format(why=why)])
            said = self._said()
            data, why = data_in(said.text, self.request.schema)
        if why:
            raise ProviderError(UNREADABLE, f"data that does not fit: {why}")
        kept = struck_within(data, secrets=self.secrets)
        self.has_struck |= kept != data
        return kept, said


def data_in(text: str, schema: Schema) -> tuple[Any, str]:
    """JSON, also where words or a fence stand around it."""
    start, end = text.find("{"), text.rfind("}")
    try:
        data = json.loads(text[start : end + 1]) if start >= 0 else None
    except (ValueError, RecursionError):
        data = None
    if data is None:
        return None, "it is no JSON object"
    return data, problem_of(data, schema)


def notice_of(words: str) -> str:
    return f"{words}{WITHOUT}"
