"""The commands say what happened, and import what they need only when they run."""

import json
import shlex
import subprocess
import sys

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


def test_every_option_reaches_the_preparation(tmp_path):
    (tmp_path / "log.txt").write_text("who;what;when;stars\na;x;0;5\na;y;2;5\na;x;2;1\n")
    (tmp_path / "items.csv").write_text("id;tags\nx;p/q\ny;p\n".replace(";", ","))
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


def test_synth_makes_a_folder(tmp_path):
    options = shlex.split("--users 50 --items 60 --events-per-user 5 --clusters 4 --seed 3")
    text = run("synth", "--out", tmp_path / "data", *options)
    assert "kept" in text
    assert len(json.loads((tmp_path / "data" / "schema.json").read_text())["features"]) == 5


def test_the_command_module_imports_nothing_heavy():
    code = (
        "import sys, seqrec_tool_prepare.commands;"
        "heavy = {'torch', 'polars', 'pyarrow', 'numpy'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_preparing_does_not_import_torch():
    code = (
        "import sys, seqrec_tool_prepare.prepare, seqrec_tool_prepare.synth;"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
