"""What is read of a file, in a process of its own: what people see, and never more than it may."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from assistant.knowledge.apart import ENVIRONMENT, found_in, lines_of, read_apart
from assistant.knowledge.reading.blocks import Block, Found, UnreadableError
from assistant.knowledge.reading.formats import format_of_name
from assistant.knowledge.reading.pages import read_html, read_markdown
from assistant.knowledge.reading.pdf import read_pdf
from assistant.knowledge.reading.plain import read_text
from assistant.knowledge.reading.word import read_word
from tests.assistant import files

WILD = Path(__file__).resolve().parents[3] / "shared" / "data" / "pdf"


def stored(tmp_path: Path, content: bytes | str, *, name: str = "file") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def words_of(found: Found) -> str:
    return " ".join(block.text for block in found.blocks)


def read_here(path: Path) -> Found:
    return read_pdf(path, tell=lambda _done, _of: None)


def refused(path: Path, form: str) -> str:
    with pytest.raises(UnreadableError) as problem:
        read_apart(path, form=form)
    return str(problem.value)


def test_of_a_pdf_what_is_hidden_is_left_out_and_said(tmp_path: Path) -> None:
    found = read_apart(stored(tmp_path, files.a_pdf_with_hidden_text()), form="pdf")
    text = words_of(found)
    assert "hidden" not in text
    for word in ("plain", "again", "whiteonblack", "scaled", "ink"):
        assert f"seen{word}" in text
    assert found.pages == 1
    assert "letters that a reader would not see were left out" in found.notes[0]


def test_headings_pages_and_footers_of_a_pdf(tmp_path: Path) -> None:
    canvas, into = files.canvas_of()
    for number in (1, 2, 3):
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, 700, f"Chapter {('one', 'two', 'three')[number - 1]}")
        canvas.setFont("Helvetica", 11)
        for line in range(4):
            canvas.drawString(72, 660 - 14 * line, f"{files.LONG}{line}")
        canvas.drawString(72, 30, f"Confidential, page {number}")
        canvas.showPage()
    canvas.save()
    found = read_here(stored(tmp_path, into.getvalue()))
    assert [(each.text, each.page) for each in found.blocks if each.kind == "heading"] == [
        ("Chapter one", 1),
        ("Chapter two", 2),
        ("Chapter three", 3),
    ]
    assert "Confidential" not in words_of(found)
    assert len([each for each in found.blocks if each.kind == "paragraph"]) == 3


def test_a_cell_of_two_lines_is_one_cell_of_its_row(tmp_path: Path) -> None:
    canvas, into = files.canvas_of()
    canvas.drawString(72, 760, files.LONG)
    for x, y, text in ((72, 700, "Archive accepted"), (72, 686, "by the auditor")):
        canvas.drawString(x, y, text)
    for x, y, text in ((250, 700, "week 20"), (400, 700, "week 21"), (72, 660, "Field App")):
        canvas.drawString(x, y, text)
    canvas.drawString(250, 660, "week 26")
    canvas.showPage()
    canvas.save()
    found = read_here(stored(tmp_path, into.getvalue()))
    assert [each.text for each in found.blocks if each.kind == "row"] == [
        "Archive accepted by the auditor | week 20 | week 21",
        "Field App | week 26",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (files.a_scan(), "There is no text to read in this PDF"),
        (files.a_scan(with_layer=True), "All text of this PDF is invisible"),
        (files.a_locked_pdf(for_reading="secret"), "locked by a password"),
        (files.a_pdf()[:300], "broken or cut short"),
        (b"%PDF-1.7\n" + b"x" * 500, "broken or cut short"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        read_here(stored(tmp_path, content))


def test_a_pdf_that_is_locked_only_against_change_is_read(tmp_path: Path) -> None:
    found = read_here(stored(tmp_path, files.a_locked_pdf(for_reading="")))
    assert "Support answers" in words_of(found)


def test_a_page_without_text_is_told(tmp_path: Path) -> None:
    found = read_here(stored(tmp_path, files.a_pdf(files.LONG, " ", files.LONG)))
    assert found.notes == ["Page 2 holds no text."]


def test_word_files(tmp_path: Path) -> None:
    found = read_word(stored(tmp_path, files.a_word_file()))
    text = words_of(found)
    assert "hidden" not in text
    assert found.notes == ["3 words that a reader would not see were left out."]
    kinds = [(each.kind, each.level, each.page) for each in found.blocks]
    assert kinds == [
        ("heading", 1, 1),
        ("paragraph", 0, 1),
        ("heading", 2, 1),
        ("item", 0, 1),
        ("row", 0, 1),
        ("row", 0, 1),
        ("paragraph", 0, 2),
    ]
    assert "Monday | 8 to 18" in text


def test_bombs_in_word_files(tmp_path: Path) -> None:
    word = files.a_word_file()
    entities = files.a_package({"word/document.xml": files.BOMB}, like=word)
    assert "declares entities" in refused(stored(tmp_path, entities), "docx")
    large = files.a_package({"word/media/a.xml": b" " * (41 << 20)}, like=word)
    assert len(large) < 1 << 20
    assert "far larger than a document" in refused(stored(tmp_path, large), "docx")


def test_html_and_markdown_as_a_browser_shows_them(tmp_path: Path) -> None:
    page = """<html><head><title>hidden1</title><style>.x, #y {display: none}</style></head><body>
    <h1>Service</h1><p>seen1 <span style="DISPLAY:none">hidden2</span><!-- hidden3 --></p>
    <p class="a x">hidden4</p><div id=y>hidden5</div><div hidden><p>hidden6</p></div>
    <p style="color:#fff">hidden7</p>
    <div style="background:#000"><p style="color:#fff">seen2</p></div>
    <p style="font-size:1px">hidden8</p><p style="position:absolute;left:-9999px">hidden9</p>
    <script>hidden10</script><img alt="hidden11"><p aria-hidden="true">hidden12</p>
    <p style="opacity:0.01">hidden13</p><template>hidden14</template>
    <ul><li>one<li>two</ul><table><tr><th>A<th>B<tr><td>1<td>2</table></body></html>"""
    found = read_html(stored(tmp_path, page))
    text = words_of(found)
    assert "hidden" not in text
    assert {"seen1", "seen2"} < set(text.split())
    assert [each.text for each in found.blocks if each.kind == "row"] == ["A | B", "1 | 2"]
    assert [each.text for each in found.blocks if each.kind == "item"] == ["one", "two"]
    markdown = (
        f"---\ntitle: hidden\n---\n# Hours\n\nseen3 [a link](http://hidden.example)\n\n{page}"
    )
    found = read_markdown(stored(tmp_path, markdown))
    assert "hidden" not in words_of(found)
    assert found.blocks[0] == Block("Hours", kind="heading", level=1)
    assert "seen3 a link" in words_of(found)


def test_a_page_of_very_deep_elements_is_read(tmp_path: Path) -> None:
    within = "within <i hidden>secret</i>"
    deep, deeper = (
        "<div>" * depth + within + "</div>" * depth + "<p>after</p>" for depth in (1900, 9000)
    )
    assert words_of(read_html(stored(tmp_path, deep))) == "within after"
    with pytest.raises(UnreadableError, match="nested deeper"):
        read_html(stored(tmp_path, deeper))


def test_plain_text(tmp_path: Path) -> None:
    text = "PRICES\n\nTitle\n=====\nFirst line\ngoes on.\n\n- one\n- two\n  more\n"
    found = read_text(stored(tmp_path, text))
    assert [(each.kind, each.text) for each in found.blocks] == [
        ("heading", "PRICES"),
        ("heading", "Title"),
        ("paragraph", "First line goes on."),
        ("item", "one"),
        ("item", "two more"),
    ]
    for coding in ("utf-16", "cp1252", "utf-8-sig"):
        assert words_of(read_text(stored(tmp_path, "Größe".encode(coding)))) == "Größe"


@pytest.mark.parametrize(
    ("form", "content", "said"),
    [
        ("pdf", b"PK\x03\x04" + b"\x00" * 50, "something packed"),
        ("docx", files.a_pdf(), "what it holds is a PDF"),
        ("txt", b"\x00\x01\x02", "what it holds is no text"),
        ("md", b"", "The file is empty"),
    ],
)
def test_a_file_that_is_not_what_it_is_called(
    tmp_path: Path, form: str, content: bytes, said: str
) -> None:
    assert said in refused(stored(tmp_path, content), form)


@pytest.mark.parametrize("name", ["a.doc", "b.xlsx", "c.exe", "noending", ".pdf"])
def test_what_is_not_read_says_what_to_bring(name: str) -> None:
    with pytest.raises(UnreadableError, match=r"[Bb]ring"):
        format_of_name(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("deep_array", "broken or cut short"),
        ("not_a_pdf", "what it holds is something packed"),
        ("text_30MB", "hold more than can be read"),
        ("truncated", "broken or cut short"),
        ("hidden_prompt_injection", ""),
    ],
)
def test_files_from_the_wild_end_soon(name: str, said: str) -> None:
    path = WILD / f"{name}.pdf"
    if not path.exists():
        pytest.skip(f"{WILD} is not here: this file cannot be tried")
    since = time.monotonic()
    if said:
        assert said in refused(path, "pdf")
    else:
        assert words_of(read_apart(path, form="pdf")) == "Quarterly pricing policy"
    assert time.monotonic() - since < 10


def run_child(code: str) -> str:
    """As the reader runs, with other work to do once it is shut off."""
    begun = (
        "import os, resource, socket, subprocess, sys\nfrom pathlib import Path\n"
        "from assistant.knowledge.reading import child\n"
        "child.bound(); child.shut_off(Path('/nothing'))\n"
        "def tried(do):\n"
        "    try: do()\n"
        "    except (PermissionError, MemoryError, OSError) as error: print(type(error).__name__)\n"
        "    else: print('done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-E", "-s", "-c", begun + code],
        cwd=settings.BASE_DIR,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_the_reader_is_shut_off() -> None:
    said = run_child(
        "tried(lambda: socket.socket())\n"
        "tried(lambda: subprocess.Popen(['true']))\n"
        "tried(lambda: os.system('true'))\n"
        "tried(lambda: open('/etc/passwd'))\n"
        "tried(lambda: open('revenue/settings.py'))\n"
        "tried(lambda: open('/tmp/written', 'w'))\n"
        "tried(lambda: bytearray(600 << 20))\n"
        "print('django' in sys.modules, sorted(set(os.environ) - {'LC_CTYPE'}))\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0] >> 20)\n"
    )
    assert said.splitlines() == [
        *["PermissionError"] * 6,
        "MemoryError",
        "False ['LANG', 'LC_ALL', 'PATH']",
        "512",
    ]


def test_a_reader_that_does_not_come_back_is_stopped(tmp_path: Path) -> None:
    path = stored(tmp_path, files.a_pdf())
    with pytest.raises(UnreadableError, match="took longer"):
        read_apart(path, form="pdf", seconds=0.01)


def test_little_that_a_reader_says_is_believed() -> None:
    class Said:
        def __init__(self, text: bytes) -> None:
            self.stdout = type("", (), {"readline": lambda _self, _most: text})()

    for text in (b"nonsense\n", b"[1]\n", b""):
        assert list(lines_of(Said(text))) == []  # type: ignore[arg-type]
    for wrong in ({}, {"blocks": [{"text": 1}], "pages": None, "notes": []}, {"blocks": 3}):
        with pytest.raises(UnreadableError):
            found_in(wrong)
