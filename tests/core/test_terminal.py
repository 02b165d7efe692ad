import re

import pytest
from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from seqrec_core.terminal import console, listing, progress_console, silence, table


def test_a_pipe_is_wide_enough_for_whole_names():
    assert console().width == 180  # no terminal under pytest
    assert not console().is_terminal


def test_brackets_and_colons_are_the_texts_own(capsys):
    console().print("[red]:cat:")
    assert capsys.readouterr().out == "[red]:cat:\n"


ESCAPE = "\x1b]0;owned\x9b31m\u202e"


@pytest.mark.parametrize(
    "shape", [str, Text, lambda text: Group(text, Text(text)), lambda text: [text], Panel]
)
def test_nothing_that_is_printed_commands_the_terminal(shape, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    console().print(shape(f"a{ESCAPE}"))
    said = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)  # rich's own colours
    assert r"a\x1b]0;owned\x9b31m\u202e" in said
    assert not {*"\x07\x9b\u202e"} & {*said}
    assert "\x1b]" not in said


def test_a_table_has_room_for_what_it_shows_instead(capsys):
    rows = table("name", f"head{ESCAPE}")
    rows.add_row(ESCAPE, Text("x", style="bold"))
    console().print(rows)
    said = capsys.readouterr().out
    assert said.isascii() or "\x1b" not in said
    assert said.count(r"\x1b]0;owned\x9b31m\u202e") == 2


def test_the_last_columns_of_a_table_are_numbers():
    rows = table("name", "size", "share", right=2)
    assert [column.justify for column in rows.columns] == ["left", "right", "right"]
    rows.add_row("a", "1", "0.5")
    narrow = Console(width=40)
    with narrow.capture() as capture:
        narrow.print(rows)
    assert capture.get().splitlines()[-2].split() == ["a", "1", "0.5"]


@pytest.mark.parametrize("width", [12, 30, 60])
def test_a_listing_looks_like_a_table_of_its_rows(width):
    rows = [("loss", "a [red] name"), ("norm", "b"), ("loss", "")]
    plain = table("kind", "name")
    for row in rows:
        plain.add_row(*row)
    screens = []
    for filled in (plain, listing(("kind", "name"), rows, width)):
        screen = Console(width=width, markup=False)
        with screen.capture() as capture:
            screen.print(filled)
        screens.append(capture.get())
    assert screens[0] == screens[1]


def test_a_listing_of_nothing_has_its_head():
    assert listing(("kind", "name"), [], 80).row_count == 0


def test_a_name_in_a_narrow_table_is_whole():
    rows = table("name", "what it is")
    rows.add_row("negative_labels_ignore_index", "a label that is never a negative")
    screen = Console(width=30)
    with screen.capture() as said:
        screen.print(rows)
    cells = "".join(line[:13].strip() for line in said.get().splitlines()[2:])
    assert "…" not in said.get()
    assert "negative_labels_ignore_index" in cells.replace(" ", "")


def test_a_silent_program_prints_results_alone(capsys):
    silence()
    try:
        progress_console().print("epoch 1")
        console().print("recall")
    finally:
        silence(is_silent=False)
    progress_console().print("epoch 2")
    assert capsys.readouterr().out == "recall\nepoch 2\n"
