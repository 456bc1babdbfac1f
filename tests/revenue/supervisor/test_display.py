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
