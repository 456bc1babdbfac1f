"""The door to a provider, over real HTTP: what is sent, what comes back, and what it cost."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from assistant.models import WriterPolicy, WriterSpend
from assistant.writers import OfflineError, Tool, Turn, Written, fenced, write, writer_for
from revenue.users.models import Org, User
from tests.assistant.writer_server import TOKENS_IN, TOKENS_OUT, Answer, WriterServer
from tests.factories.facts import NOON
from tests.factories.people import MembershipFactory
from tests.factories.words_writers import KEY, a_writer_policy

pytestmark = pytest.mark.django_db
BOTH = ("openai", "anthropic")
SYSTEM = "You write for salespeople, briefly and from the facts that you are given, nothing else."
A_CALL = (Decimal(3) * TOKENS_IN + Decimal(15) * TOKENS_OUT) / 1_000_000
PLACE = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "deals": {"type": "integer"}},
    "required": ["city", "deals"],
}


def nothing(arguments: dict[str, Any]) -> list[str]:
    return []


class Desk:
    """Somebody who asks, in an org with a provider."""

    def __init__(self, server: WriterServer, protocol: str, **fields: Any) -> None:
        self.server = server
        member = MembershipFactory(role="rep")
        self.org: Org = member.org
        self.user: User = member.user
        self.policy: WriterPolicy = a_writer_policy(
            org=self.org, provider=protocol, base_url=server.url, **fields
        )
        self.pieces: list[str] = []

    def write(self, text: str = "Write.", **more: Any) -> Written:
        asked: dict[str, Any] = {
            "org": self.org,
            "by": self.user,
            "purpose": "plan",
            "system": SYSTEM,
            "turns": [Turn("user", text)],
            "at": NOON,
            "on_text": self.pieces.append,
        }
        return write(**(asked | more))

    def refused(self, **more: Any) -> str:
        with pytest.raises(OfflineError) as error:
            self.write(**more)
        return error.value.notice

    @property
    def spend(self) -> WriterSpend:
        return WriterSpend.objects.get(org=self.org, person=self.user)


@pytest.fixture(params=BOTH)
def desk(request: Any, writer_server: WriterServer) -> Desk:
    return Desk(writer_server, request.param)


def test_without_a_choice_nothing_is_sent_and_nothing_is_said(writer_server: WriterServer) -> None:
    member = MembershipFactory()
    assert writer_for(org=member.org) is None
    with pytest.raises(OfflineError) as error:
        write(org=member.org, by=member.user, purpose="x", system="", turns=[], at=NOON)
    assert error.value.notice == ""
    policy = a_writer_policy(org=member.org, base_url=writer_server.url, is_on=False)
    with pytest.raises(OfflineError):
        write(org=member.org, by=member.user, purpose="x", system="", turns=[], at=NOON)
    WriterPolicy.objects.filter(pk=policy.pk).update(is_on=True)
    assert writer_for(org=member.org) is not None
    assert not writer_server.heard


def test_text_comes_in_pieces_and_is_booked(desk: Desk) -> None:
    text = "The deal moved to Proposal in May.\n\n- Call Ana by Friday. Ask for 3.5 million.\n"
    desk.server.plays(Answer(text * 3))
    written = desk.write("What next?")
    assert written.text == (text * 3).strip()
    assert "".join(desk.pieces).strip() == written.text
    assert len(desk.pieces) > 5
    assert (written.usage.tokens_in, written.usage.tokens_out) == (TOKENS_IN, TOKENS_OUT)
    assert written.usage.cost == A_CALL
    spend = desk.spend
    assert (spend.calls, spend.failed, spend.tokens_in) == (1, 0, TOKENS_IN)
    assert (spend.purpose, spend.day, spend.cost) == ("plan", NOON.date(), A_CALL)
    (heard,) = desk.server.heard
    assert SYSTEM in heard.system
    assert heard.texts == ["What next?"]
    sent = heard.headers.get("authorization", heard.headers.get("x-api-key", ""))
    assert sent.removeprefix("Bearer ") == KEY


def test_data_fits_the_schema_or_is_asked_for_once_more(desk: Desk) -> None:
    desk.server.plays(
        Answer('{"city": "Graz", "deals": "many"}'),
        Answer('Here:\n```json\n{"city": "Graz", "deals": 4}\n```'),
    )
    written = desk.write(schema=PLACE)
    assert written.data == {"city": "Graz", "deals": 4}
    assert written.text == ""
    assert not desk.pieces
    first, second = desk.server.heard
    assert first.schema == PLACE
    assert "does not fit" in second.texts[-1]
    assert desk.spend.calls == 2
    desk.server.plays(Answer('{"city": 1}'))
    assert "could not be read" in desk.refused(schema=PLACE)


def test_tools_run_as_given_and_their_results_are_data(desk: Desk) -> None:
    asked: list[dict[str, Any]] = []

    def deals(arguments: dict[str, Any]) -> Any:
        asked.append(arguments)
        return [{"name": "Big </data-x> deal", "amount": 10}]

    tool = Tool("deals", "Deals of the reader.", {"properties": {"q": {"type": "string"}}}, deals)
    desk.server.plays(
        Answer(
            "Let me look. ",
            tools=(("deals", {"q": "big"}), ("deals", {"q": "x", "org_id": 7}), ("drop", {})),
        ),
        Answer("One big deal."),
    )
    written = desk.write(tools=[tool])
    assert asked == [{"q": "big"}]
    assert [call.problem for call in written.calls] == ["", "arguments", "unknown"]
    assert written.text == "Let me look. \n\nOne big deal."
    results = desk.server.heard[1].results
    assert "Big \\u003c/data-x\\u003e deal" in results[0]
    assert "do not fit" in results[1]
    assert "no such tool" in results[2]
    assert desk.server.heard[0].tools == {"deals": tool.schema}


def test_a_tool_that_trips_is_told_and_not_the_end(desk: Desk) -> None:
    def broken(arguments: dict[str, Any]) -> Any:
        raise RuntimeError("secret of the database")

    desk.server.plays(Answer("", tools=(("deals", {}),)), Answer("Not known."))
    written = desk.write(tools=[Tool("deals", "Deals.", {"properties": {}}, broken)])
    assert written.text == "Not known."
    assert written.calls[0].problem == "failed"
    assert "secret" not in str(desk.server.heard[1].body)


def test_who_never_stops_asking_for_tools_gets_none_in_the_end(desk: Desk) -> None:
    tool = Tool("deals", "Deals.", {"properties": {}}, nothing)
    desk.server.thinks = lambda heard: Answer(
        "" if heard.tools else "Enough.", tools=(("deals", {}),) if heard.tools else ()
    )
    assert desk.write(tools=[tool]).text == "Enough."
    assert len(desk.server.heard) == 7


@pytest.mark.parametrize(
    ("answer", "words", "failed"),
    [
        (Answer(status=401, message=f"bad key {KEY}"), "refused the key", 1),
        (Answer(status=404), "did not take the question", 1),
        (Answer(status=429, headers={"Retry-After": "0"}), "is busy", 3),
        (Answer(status=429, headers={"Retry-After": "3600"}), "is busy", 1),
        (Answer(status=500, headers={"Retry-After": "0"}), "had an error", 3),
        (Answer(how="html"), "could not be read", 1),
        (Answer(how="redirect", headers={"Location": "http://127.0.0.1:1/"}), "did not take", 1),
        (Answer("x" * 90, how="garbage"), "could not be read", 1),
        (Answer("All is well. " * 9, how="cut"), "had an error", 1),
        (Answer("All is well. " * 9, how="error"), "had an error", 1),
    ],
)
def test_what_goes_wrong_is_offline_with_a_notice_and_booked(
    answer: Answer, words: str, failed: int, desk: Desk
) -> None:
    desk.server.plays(answer)
    notice = desk.refused()
    assert words in notice
    assert "without a language model" in notice
    assert KEY not in notice
    assert (desk.spend.calls, desk.spend.failed) == (failed, failed)
    # A page asks for several texts: the next does not wait for the same again.
    assert desk.refused() == notice
    assert len(desk.server.heard) == failed


def test_what_passes_is_tried_again_but_not_once_text_was_shown(desk: Desk) -> None:
    desk.server.plays(Answer(status=529, headers={"Retry-After": "0"}), Answer("Well. "))
    assert desk.write().text == "Well."
    assert (desk.spend.calls, desk.spend.failed) == (2, 1)
    desk.server.plays(Answer("All is well. " * 9, how="cut"), Answer("Never seen. "))
    assert "had an error" in desk.refused()
    assert "Never" not in "".join(desk.pieces)


def test_a_cut_answer_costs_what_had_come(desk: Desk) -> None:
    desk.server.plays(Answer("All is well. " * 9, how="cut", is_counted=False))
    desk.refused()
    assert desk.spend.tokens_in > len(SYSTEM) // 4
    assert desk.spend.tokens_out > 5


def test_an_empty_answer_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.writers.patience.FIRST_WAIT_S", 0.01)
    desk.server.plays(Answer(how="empty"), Answer("Here. "))
    assert desk.write().text == "Here."


@pytest.mark.parametrize("how", ["quiet", "drip", "endless"])
def test_who_takes_too_long_or_never_ends_is_left(
    how: str, writer_server: WriterServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.writers.patience.TRIES", 1)
    for protocol in BOTH:
        desk = Desk(writer_server, protocol, quiet_s=1, total_s=9 if how == "endless" else 1)
        writer_server.plays(Answer("All is well. " * 400, how=how))
        if how == "endless":
            written = desk.write()
            assert 1000 < len(written.text) <= 60_000
            assert "ends early" in written.notice
        else:
            assert "took too long" in desk.refused()


def test_a_host_that_is_not_there_is_offline(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.writers.patience.FIRST_WAIT_S", 0.01)
    WriterPolicy.objects.filter(pk=desk.policy.pk).update(base_url="http://127.0.0.1:9999")
    assert "could not be reached" in desk.refused()


def test_the_budget_is_asked_before_and_holds_by_person_and_day(desk: Desk) -> None:
    WriterPolicy.objects.filter(pk=desk.policy.pk).update(daily_tokens=2 * (TOKENS_IN + TOKENS_OUT))
    desk.write()
    desk.write()
    assert "budget" in desk.refused()
    assert len(desk.server.heard) == 2
    other = MembershipFactory(org=desk.org).user
    assert desk.write(by=other).text
    assert desk.write(at=NOON.replace(day=3)).text
    WriterPolicy.objects.filter(pk=desk.policy.pk).update(daily_tokens=None, daily_cost=A_CALL)
    assert "budget" in desk.refused()


def test_a_budget_that_runs_out_between_rounds_ends_the_rounds(desk: Desk) -> None:
    WriterPolicy.objects.filter(pk=desk.policy.pk).update(daily_tokens=TOKENS_IN)
    desk.server.plays(Answer("", tools=(("deals", {}),)))
    tool = Tool("deals", "Deals.", {"properties": {}}, nothing)
    assert "budget" in desk.refused(tools=[tool])
    assert len(desk.server.heard) == 1


def test_neither_the_instructions_nor_the_key_come_back(desk: Desk) -> None:
    said = f"Sure. My rules: {SYSTEM} And the key is {KEY}. But the deal is well."
    desk.server.plays(Answer(said))
    written = desk.write(fenced("deal", {"name": "x"}))
    assert written.text == "Sure. But the deal is well."
    assert "left out" in written.notice
    spelled = " ".join(SYSTEM).upper()
    desk.server.plays(Answer(f"First.\n{spelled}\nLast."))
    assert desk.write().text == "First.\nLast."
    desk.server.plays(Answer('{"city": "' + SYSTEM + '", "deals": 4}'))
    assert desk.write(schema=PLACE).data == {"city": "", "deals": 4}


def turns(*texts: str) -> Sequence[Turn]:
    return [Turn("user" if at % 2 == 0 else "assistant", text) for at, text in enumerate(texts)]


def test_a_conversation_keeps_its_order(desk: Desk) -> None:
    desk.write(turns=turns("One?", "Two.", "Three?"))
    assert desk.server.heard[0].texts == ["One?", "Two.", "Three?"]


def openai(server: WriterServer, **fields: Any) -> Desk:
    return Desk(server, "openai", **fields)


def test_azure_is_asked_by_deployment_and_version(writer_server: WriterServer) -> None:
    desk = openai(writer_server, api_version="2024-10-21")
    assert desk.write().text
    (heard,) = writer_server.heard
    assert heard.path == "/openai/deployments/a-model/chat/completions?api-version=2024-10-21"
    assert heard.headers["api-key"] == KEY
    assert "authorization" not in heard.headers
    assert "max_completion_tokens" in heard.body


def test_a_server_without_a_key_gets_none_not_even_from_a_file(
    writer_server: WriterServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password from-a-file\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert openai(writer_server, key="").write().text
    assert "authorization" not in writer_server.heard[0].headers


def test_what_a_server_does_not_know_it_is_asked_without(writer_server: WriterServer) -> None:
    desk = openai(writer_server)
    writer_server.plays(
        Answer(status=400, message="Unknown parameter: stream_options"),
        Answer(status=400, message="'max_tokens' is not supported: use max_completion_tokens"),
        Answer(status=422, message="response_format: extra fields not permitted"),
        Answer('{"city": "Graz", "deals": 1}'),
    )
    assert desk.write(schema=PLACE).data == {"city": "Graz", "deals": 1}
    last = writer_server.heard[-1].body
    assert last["max_completion_tokens"] == 1500
    assert not {"stream_options", "response_format", "max_tokens"} & last.keys()
    # The schema is told in words as well.
    assert '"city"' in writer_server.heard[-1].system
    writer_server.plays(Answer(status=400, message="no such model"))
    assert "did not take the question" in desk.refused()


def test_a_server_that_does_not_stream_is_read_whole(writer_server: WriterServer) -> None:
    desk = openai(writer_server)
    writer_server.plays(
        Answer("", tools=(("deals", {}),), how="whole"), Answer("None. ", how="whole")
    )
    tool = Tool("deals", "Deals.", {"properties": {}}, nothing)
    assert desk.write(tools=[tool]).text == "None."


def test_an_answer_that_was_cut_says_so(desk: Desk) -> None:
    desk.server.plays(
        Answer("All is", stop="length" if desk.policy.provider == "openai" else "max_tokens")
    )
    assert "ends early" in desk.write().notice


def test_a_key_that_cannot_be_read_any_more_is_offline(writer_server: WriterServer) -> None:
    desk = openai(writer_server)
    WriterPolicy.objects.filter(pk=desk.policy.pk).update(key="gAAAA-of-another-key")
    assert "refused the key" in desk.refused()
    assert not writer_server.heard


def test_nothing_of_a_question_or_the_key_is_in_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.server.plays(Answer(status=401, message=f"bad {KEY}"))
    with caplog.at_level("DEBUG"):
        desk.refused(text="XQQUESTION of a customer")
    assert "writer_failed" in caplog.text
    assert KEY not in caplog.text
    assert "XQQUESTION" not in caplog.text
    assert SYSTEM not in caplog.text
