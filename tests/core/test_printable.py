import json
import unicodedata

import pytest

from seqrec_core.printable import echo, printable, printable_json, shortened

KEPT = "\n\t\u200c\u200d"  # the joiners of Persian, Hindi and emoji


def test_all_that_commands_a_terminal_or_cannot_be_seen_is_escaped():
    strange = ("Cc", "Cf", "Cs", "Zl", "Zp")
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in strange and chr(code) not in KEPT:
            assert printable(chr(code)).isascii()
            assert printable(chr(code)).isprintable()


@pytest.mark.parametrize("text", ["", "Müller 日本 🎬 é", f"a{KEPT}b", "a\\b [red]", "\xa0"])
def test_plain_text_stays_as_it_is(text):
    assert printable(text) == text


def test_an_escape_is_as_python_writes_it():
    assert printable("a\x1b[31m\x9b\u202e\ud800\U000e0041") == (
        r"a\x1b[31m\x9b\u202e\ud800\U000e0041"
    )


def test_json_stays_json_that_means_the_same():
    data = {"\x9b31m\u202e": "\x7f\U000e0041 é"}
    text = printable_json(json.dumps(data, ensure_ascii=False))
    assert json.loads(text) == data
    assert text.isprintable()
    assert "é" in text


def test_long_text_loses_its_middle():
    assert shortened("x" * 2_000) == "x" * 2_000
    text = shortened("a" + "x" * 100_000 + "z")
    assert len(text) <= 2_000
    assert text[0] + text[-1] == "az"
    assert "98,042 characters" in text


def test_a_message_goes_to_the_output_that_is_named(capsys):
    echo("a\x1bb")
    echo(ValueError("c\x07"), error=True)
    assert capsys.readouterr() == ("a\\x1bb\n", "c\\x07\n")
