from rich.console import Console

from seqrec_core.terminal import console, table


def test_a_pipe_is_wide_enough_for_whole_names():
    assert console().width == 180  # no terminal under pytest
    assert not console().is_terminal


def test_brackets_and_colons_are_the_texts_own(capsys):
    console().print("[red]:cat:")
    assert capsys.readouterr().out == "[red]:cat:\n"


def test_the_last_columns_of_a_table_are_numbers():
    rows = table("name", "size", "share", right=2)
    assert [column.justify for column in rows.columns] == ["left", "right", "right"]
    rows.add_row("a", "1", "0.5")
    narrow = Console(width=40)
    with narrow.capture() as capture:
        narrow.print(rows)
    assert capture.get().splitlines()[-2].split() == ["a", "1", "0.5"]
