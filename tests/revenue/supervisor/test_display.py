import io

from revenue.supervisor.display import Display


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_without_a_terminal_each_part_is_one_plain_line() -> None:
    out = io.StringIO()
    display = Display(out=out)
    display.begin("database")
    display.tick()
    display.done("database")
    display.begin("web")
    display.failed("web", "see its log")
    lines = out.getvalue().splitlines()
    assert [line.split()[:2] for line in lines] == [["ok", "database"], ["!!", "web"]]
    assert "\x1b" not in out.getvalue()


def test_on_a_terminal_the_line_of_what_is_awaited_makes_way_for_what_is_done() -> None:
    out = Terminal()
    display = Display(out=out)
    display.begin("database")
    display.begin("broker")
    assert out.getvalue().endswith("database, broker  0 s")
    display.done("database")
    last = out.getvalue().rpartition("\r\x1b[2K")[2]
    assert last.startswith("  ✓ database")
    assert last.endswith("s\n")


class Gone(Terminal):
    def write(self, _text: str, /) -> int:
        raise BrokenPipeError


def test_an_output_that_was_closed_does_not_end_what_runs() -> None:
    display = Display(out=Gone())
    display.begin("web")
    display.event("web is ready again")
    display.done("web")
    assert display.closed


def test_what_a_terminal_cannot_show_is_written_out() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    display = Display(out=out)
    display.line("größe")
    display.done("web")
    out.seek(0)
    assert out.read().startswith("gr\\xf6\\xdfe\n  ok web")
    assert not display.closed
