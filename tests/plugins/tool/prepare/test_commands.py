"""The commands say what happened, and import what they need only when they run."""

import json
import shlex
import subprocess
import sys

import pytest
from seqrec_tool_prepare.commands import prepare
from typer.testing import CliRunner

from seqrec_core.cli import app

LOG = "user,item,when\na,x,3\na,y,1\na,z,2\nb,x,5\n"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["data", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_prepare_prints_what_was_kept_and_what_was_odd(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    out = tmp_path / "data"
    text = run("prepare", tmp_path / "log.csv", "--out", out, "--timestamp", "when")
    assert "kept" in text
    assert "2 events behind a later one of the same user, the first at line 3" in text
    assert "1 user with fewer than 3 events: in train alone" in text
    assert f"next: seqrec init sasrec --data {out}" in text
    assert json.loads((out / "report.json").read_text())["kept"]["events"] == 4


def test_python_callers_use_the_command(tmp_path, capsys):
    (tmp_path / "log.csv").write_text(LOG)
    text = run("prepare", tmp_path / "log.csv", "--out", tmp_path / "a", "--timestamp", "when")
    capsys.readouterr()
    report = prepare(str(tmp_path / "log.csv"), str(tmp_path / "b"), timestamp="when")
    assert capsys.readouterr().out == text.replace(str(tmp_path / "a"), str(tmp_path / "b"))
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 10
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    assert json.loads((tmp_path / "a" / "report.json").read_text()) == report


def test_files_are_named_one_by_one_or_by_a_pattern(tmp_path):
    for name, row in (("a.csv", "a,x,3\n"), ("b.csv", "a,y,1\n"), ("c.csv", "a,z,2\n")):
        (tmp_path / name).write_text(row)
    options = ["--columns", "user,item,when", "--separator", ",", "--timestamp", "when"]
    names = tmp_path / "[bc].csv", tmp_path / "a.csv"
    text = run("prepare", *names, "--out", tmp_path / "data", *options)
    assert "b.csv and 2 more files (csv)" in text
    assert "the first at line 1 of c.csv" not in text
    assert "1 event behind a later one of the same user" not in text
    text = run("prepare", tmp_path / "?.csv", "--out", tmp_path / "data", *options)
    assert "the first at line 1 of b.csv" in text
    settings = json.loads((tmp_path / "data" / "report.json").read_text())["settings"]
    assert (settings["columns"], settings["separator"]) == ("user,item,when", ",")


def test_every_option_reaches_the_preparation(tmp_path):
    (tmp_path / "log.txt").write_text("who;what;when;stars\na;x;0;5\na;y;2;5\na;x;2;1\n")
    (tmp_path / "items.csv").write_text("id,tags\nx,p/q\ny,p\n")
    options = shlex.split(
        "--format csv --user who --item what --timestamp when --rating stars --min-rating 2 "
        "--min-user-count 1 --min-item-count 1 --drop-repeated --order file --split global-time "
        "--validate-from 1 --test-from 2 --items-id id --item-features tags:list "
        "--list-separator /"
    )
    items = ["--items", tmp_path / "items.csv"]
    run("prepare", tmp_path / "log.txt", "--out", tmp_path / "data", *options, *items)
    report = json.loads((tmp_path / "data" / "report.json").read_text())
    assert report["kept"]["events"] == 2
    assert report["begins"] == {"validate": 1, "test": 2}
    assert json.loads((tmp_path / "data" / "features.json").read_text())["tags"]["values"] == [
        "p",
        "q",
    ]


@pytest.mark.parametrize("option", ["--min-user-count=0", "--split=random", "--order=up"])
def test_values_out_of_bounds_are_refused_before_anything_runs(tmp_path, option):
    arguments = ["data", "prepare", "nowhere.csv", "--out", str(tmp_path / "data"), option]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert option.partition("=")[0] in result.output


def test_synth_makes_a_folder(tmp_path):
    options = shlex.split("--users 50 --items 60 --events-per-user 5 --clusters 4 --seed 3")
    text = run("synth", "--out", tmp_path / "data", *options)
    assert "kept" in text
    assert len(json.loads((tmp_path / "data" / "schema.json").read_text())["features"]) == 5


def test_imports_wait_for_a_command_and_none_needs_torch(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    code = (
        "import sys\n"
        "from seqrec_tool_prepare.commands import prepare, synth\n"
        "heavy = {'torch', 'polars', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        f"prepare({str(tmp_path / 'log.csv')!r}, {str(tmp_path / 'data')!r})\n"
        f"synth({str(tmp_path / 'data')!r}, 50, 60, 5, 4)\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
