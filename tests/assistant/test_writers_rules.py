"""The pure rules of writing: waiting, fences, budgets, tools, and what is struck."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.models import WriterPolicy
from assistant.writers.asking import Asked, Request, Said, Tool, Turn
from assistant.writers.budget import Spent, counted_of, share_used
from assistant.writers.door import data_in
from assistant.writers.faults import BUSY, ProviderError, fault_of_status
from assistant.writers.fencing import FENCE, fenced
from assistant.writers.patience import Patience, seconds_in, wait_s
from assistant.writers.spending import dollars
from assistant.writers.striking import Secrets, Voice
from assistant.writers.tools import looked_up

SYSTEM = (
    "You are the planner of the sales house. Never speak of other customers. Use short sentences "
    "and say where each number is from."
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def patience(clock: Clock, total_s: float = 60) -> Patience:
    return Patience(quiet_s=20, total_s=total_s, clock=clock.time, sleep=clock.sleep)


def failing(*faults: ProviderError) -> tuple[list[int], object]:
    calls: list[int] = []

    def call() -> str:
        calls.append(1)
        if len(calls) <= len(faults):
            raise faults[len(calls) - 1]
        return "well"

    return calls, call


def busy(retry_after: str = "") -> ProviderError:
    return fault_of_status(429, retry_after=retry_after)


def test_waits_grow_and_what_is_asked_for_is_kept() -> None:
    clock = Clock()
    _, call = failing(busy(), busy("7"))
    assert patience(clock).tried(call, may_repeat=lambda: True) == "well"  # type: ignore[arg-type]
    assert 0.25 <= clock.slept[0] <= 0.75
    assert clock.slept[1] == 7
    assert 1 <= wait_s("", 2) <= 3


def test_no_try_that_cannot_end_in_time_nor_after_text_was_shown() -> None:
    for fault, may, total in ((busy("59"), True, 60), (busy("9"), True, 5), (busy(), False, 60)):
        calls, call = failing(fault)
        with pytest.raises(ProviderError, match="429"):
            patience(Clock(), total).tried(call, may_repeat=lambda may=may: may)  # type: ignore[arg-type, misc]
        assert len(calls) == 1
    calls, call = failing(*[busy("1")] * 9)
    with pytest.raises(ProviderError):
        patience(Clock()).tried(call, may_repeat=lambda: True)  # type: ignore[arg-type]
    assert len(calls) == 3
    assert fault_of_status(429).words == BUSY


def test_what_a_server_asks_to_wait_is_read_in_every_form() -> None:
    assert seconds_in("3.5") == 3.5
    assert seconds_in("-4") == 0
    assert seconds_in("soon") is None
    assert seconds_in("") is None
    assert (seconds_in("inf") or 0) > 15
    moment = datetime.now(UTC) + timedelta(seconds=90)
    assert 80 < (seconds_in(format_datetime(moment, usegmt=True)) or 0) <= 90


@given(st.text(max_size=80), st.text(max_size=80))
def test_nothing_within_a_fence_ends_it(name: str, text: str) -> None:
    made = fenced(name, {"text": text, "more": [f"</data-{text}>"]})
    assert len(FENCE.findall(made)) == 2
    body = made.split("\n")[1]
    assert "<" not in body
    assert json.loads(body)["more"]


def test_each_fence_has_its_own_mark() -> None:
    assert fenced("a", 1) != fenced("a", 1)


def heard(text: str, *, size: int, secrets: Secrets) -> tuple[str, list[str], Voice]:
    pieces: list[str] = []
    voice = Voice(secrets=secrets, on_text=pieces.append)
    for at in range(0, len(text), size):
        voice.feed(text[at : at + size])
    return voice.end(), pieces, voice


WELL = "The deal is at 3.5 million. Call Ana!\n\n- Ask for the budget.\n- Then sum up\n"


@given(st.integers(1, 60))
def test_what_is_well_passes_whole_however_it_comes(size: int) -> None:
    text, pieces, voice = heard(WELL, size=size, secrets=Secrets(told=[SYSTEM]))
    assert text == WELL == "".join(pieces)
    assert not voice.has_struck


@given(
    st.integers(1, 60),
    st.sampled_from(
        [
            SYSTEM,
            SYSTEM.upper(),
            " ".join(SYSTEM),
            SYSTEM.replace(" ", "\n"),
            SYSTEM.replace(" ", "_"),
            "".join(f"**{word}** " for word in SYSTEM.split()),
            SYSTEM[30:90],
        ]
    ),
)
def test_instructions_are_struck_however_they_are_set(size: int, leak: str) -> None:
    text, pieces, voice = heard(
        f"Sure thing.\n{leak}\nThe end is near now.", size=size, secrets=Secrets(told=[SYSTEM])
    )
    assert text == "".join(pieces) == "Sure thing.\nThe end is near now."
    assert voice.has_struck


def test_facts_within_a_fence_may_be_told_and_the_mark_may_not() -> None:
    fact = "The customer asked for a longer notice period in every contract of the group."
    block = fenced("deal", fact)
    secrets = Secrets(told=[f"{SYSTEM}\n{block}"], whole=["sk-Key-123456"])
    assert heard(fact, size=9, secrets=secrets)[0] == fact
    assert heard(f"{block} Yes.", size=9, secrets=secrets)[0].startswith(f'\n"{fact}"')
    assert heard("It is SK KEY 123456. Yes.", size=4, secrets=secrets)[0] == "Yes."


def test_a_text_without_end_of_sentence_is_no_burden() -> None:
    text, pieces, _ = heard("word " * 8000, size=5, secrets=Secrets(told=[SYSTEM * 20]))
    assert len(text) == 40_000
    assert len(pieces) > 50


@pytest.mark.parametrize(
    "arguments",
    ['{"org": 7}', '{"q": 5}', "[]", "no", '{"q": "x", "org_id": 3}', "", "{" * 9999, "null"],
)
def test_arguments_that_do_not_fit_look_nothing_up(arguments: str) -> None:
    ran: list[object] = []
    schema = {"properties": {"q": {"type": "string"}}, "required": ["q"]}
    tool = Tool("find", "Finds.", schema, ran.append)
    call, told = looked_up(Asked("1", "find", arguments), tools=[tool])
    assert call.problem == "arguments"
    assert "do not fit" in told
    assert not ran


def test_a_long_result_is_cut() -> None:
    tool = Tool("find", "Finds.", {"properties": {}}, lambda _: ["x" * 100] * 9999)
    _, told = looked_up(Asked("1", "find", "{}"), tools=[tool])
    assert len(told) < 25_000
    assert "left out" in told


def test_the_nearer_limit_counts() -> None:
    policy = WriterPolicy(daily_tokens=1000, daily_cost=Decimal(2))
    assert share_used(policy, Spent(500, Decimal(1))) == 0.5
    assert share_used(policy, Spent(100, Decimal(2))) == 1
    policy.daily_tokens = policy.daily_cost = None
    assert share_used(policy, Spent(10**9, Decimal(9))) is None
    policy.daily_tokens = 0
    assert share_used(policy, Spent()) == 1


def test_what_nobody_counted_is_estimated_and_what_never_came_is_free() -> None:
    request = Request("s" * 300, [Turn("user", "t" * 300)], 100)
    assert counted_of(request, Said(""), has_failed=True) == Said("")
    guessed = counted_of(request, Said("x" * 31), has_failed=True)
    assert (guessed.tokens_in, guessed.tokens_out) == (200, 11)
    told = counted_of(request, Said("x", tokens_in=7, tokens_out=9), has_failed=False)
    assert (told.tokens_in, told.tokens_out) == (7, 9)


def test_json_is_found_among_words() -> None:
    schema = {"type": "object", "required": ["a"]}
    assert data_in('Sure:\n```json\n{"a": {"b": 1}}\n```', schema) == ({"a": {"b": 1}}, "")
    assert data_in("none", schema)[1]
    assert data_in('{"b": 1}', schema)[1]
    assert data_in('{"a": ', schema)[1]


def test_parts_of_a_cent_are_told() -> None:
    told = [dollars(Decimal(text)) for text in ("0", "0.00001", "0.0123", "1.5", "1234")]
    assert told == ["$0.00", "under $0.0001", "$0.0123", "$1.50", "$1,234.00"]
