"""What a command says besides its results."""

import logging

import pytest
from command_line import seqrec

from seqrec_core.cli import journal
from seqrec_core.errors import SeqrecError
from seqrec_core.printable import copies, echo
from seqrec_core.registry import component
from seqrec_core.terminal import console, table


@pytest.fixture(autouse=True)
def _as_before():
    level, handlers, before = journal.log.level, [*journal.log.handlers], [*copies]
    yield
    journal.log.setLevel(level)
    for handler in {*journal.log.handlers} - {*handlers}:
        journal.log.removeHandler(handler)
        handler.close()
    copies[:] = before


def test_a_log_file_keeps_what_is_printed_and_what_is_not(tmp_path, capsys):
    file = tmp_path / "logs" / "seqrec.log"
    file.parent.mkdir()
    file.write_text("of yesterday\n")
    journal.keep_in(file)
    rows = table("name")
    rows.add_row("sasrec")
    console().print(rows)
    echo("error: such", error=True)
    logging.getLogger("seqrec.registry").info("loss 'ce': loaded")
    first, *lines = file.read_text().splitlines()
    assert first == "of yesterday"
    ends = [line.partition(": ")[2].strip() for line in lines]
    assert {"name", "sasrec", "error: such", "loss 'ce': loaded"} <= {*ends}
    assert all(line[:4].isdigit() for line in lines), "each line has its time"
    assert any("Python 3." in line for line in lines)
    printed = capsys.readouterr()
    assert printed.out.count("sasrec") == 1
    assert printed.err == "error: such\n", "the log is no second output"


def test_a_log_file_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(SeqrecError, match="name another --log-file"):
        journal.keep_in(tmp_path)


def test_a_log_file_is_its_owners_and_leaves_out_passwords(tmp_path, monkeypatch):
    words = ["seqrec", "fit", "ftp://ann:se'cret@h/x", "--set", "a=s3://b/x?sig=secret"]
    monkeypatch.setattr("sys.argv", [*words, "ftp://ann:secret@h/\x1b[2J"])
    file = tmp_path / "log"
    journal.keep_in(file)
    assert file.stat().st_mode & 0o777 == 0o600
    echo("read https://ann:secret@h/x?sig=secret")
    try:
        raise OSError("GET ftp://ann:secret@h/x \x1b[2J")
    except OSError as error:
        journal.log.debug("trace", exc_info=error)
    text = file.read_text()
    assert "Traceback" in text
    assert "OSError: GET ftp://…@h/x \\x1b[2J" in text
    assert "read https://…@h/x?…" in text
    assert "ftp://…@h/" in text
    assert not any(part in text for part in ("secret", "cret@", "\x1b"))


def test_details_go_to_the_error_output_and_what_is_printed_does_not(capsys):
    journal.show_details()
    logging.getLogger("seqrec.registry").info("loss 'ce': loaded")
    logging.getLogger("seqrec.registry").debug("more than that")
    echo("result")
    printed = capsys.readouterr()
    assert printed.out == "result\n"
    assert printed.err == "seqrec.registry: loss 'ce': loaded\n"


def test_the_options_of_all_commands(tmp_path):
    file = tmp_path / "log"
    component._load_spec.cache_clear()  # another test may have loaded it
    done = seqrec("-v", "--log-file", str(file), "plugins", "show", "loss", "ce")
    assert done.returncode == 0
    assert "loss 'ce' of seqrec-loss-ce 0.1.0: loaded" in done.stderr
    assert "seqrec -v --log-file" in file.read_text()
    failed = seqrec("--log-file", str(file), "plugins", "show", "loss", "cee")
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr
    assert "Traceback" in file.read_text(), "the file has what --debug shows"
    version = seqrec("--version")
    assert version.stdout.splitlines()[-1].startswith("Python 3.")
    assert "torch " in version.stdout
    assert seqrec("plugins", "show", "-h") == seqrec("plugins", "show", "--help")


def test_a_shell_completes_commands_and_options():
    def completed(*words):
        variables = {
            "_SEQREC_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(("seqrec", *words)),
        }
        return seqrec(**variables, COMP_CWORD=str(len(words))).stdout.split()

    assert completed("plug") == ["plugins"]
    assert {"list", "show"} <= {*completed("plugins", "")}
    assert "--origins" in completed("resolve", "--or")
