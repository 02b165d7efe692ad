"""The page of the attacks says what was measured, and nothing else."""

import json
import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("report.py")
ROW = {
    "title": "Kills | at random",
    "tried": 1200,
    "right": 1199,
    "before": "18 of 18",
    "failures": ["kill 7: a <b>line</b>\x1b[31m\nthat ends"],
    "figures": {"slowest": "3 s"},
}


@pytest.fixture
def report(tmp_path):
    """The script, on a tree of its own with two attacks and what is none."""
    names = runpy.run_path(str(SCRIPT))
    attacks = tmp_path / "tests" / "attacks"
    attacks.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    for name in ("kills", "fuzz"):
        (attacks / f"{name}.py").write_text('if __name__ == "__main__":\n    run(attack)\n')
    (attacks / "outcome.py").write_text("")
    places = {
        "ATTACKS": attacks,
        "MEASURED": attacks / "measured",
        "PAGE": tmp_path / "docs" / "reliability.md",
    }
    names["main"].__globals__.update(places)
    return names["main"], places


def result(folder, name, *rows):
    folder.mkdir(exist_ok=True)
    text = json.dumps({"attack": name, "seconds": 12.3, "rows": rows})
    (folder / f"{name}.json").write_text(text)


def test_every_figure_of_the_page_is_measured_and_failures_are_told(report, tmp_path):
    main, places = report
    result(tmp_path / "out", "kills", ROW)
    main(tmp_path / "out")
    page = places["PAGE"].read_text()
    assert "In all 1,199 of 1,200 tries of 1 kinds" in page
    assert r"| Kills \| at random | **1,199 of 1,200** | 18 of 18 | `kills.py` |" in page
    assert r"- Kills | at random: kill 7: a \<b>line\</b>" in page
    assert "\x1b" not in page
    assert "| slowest | 3 s |" in page
    assert "| `python tests/attacks/kills.py FOLDER` | 12 |" in page


def test_rows_that_did_not_run_again_keep_their_figures(report, tmp_path):
    main, places = report
    result(tmp_path / "one", "kills", ROW)
    main(tmp_path / "one")
    result(tmp_path / "two", "fuzz", {**ROW, "title": "Fuzz", "right": 1200, "failures": []})
    main(tmp_path / "two")
    page = places["PAGE"].read_text()
    assert "| Fuzz | 1,200 of 1,200 |" in page
    assert "1,199 of 1,200" in page
    main(tmp_path / "nothing ran")
    assert places["PAGE"].read_text() == page
    (places["ATTACKS"] / "kills.py").unlink()  # an attack that is no more has no row
    main(tmp_path / "nothing ran")
    assert "kills.py" not in places["PAGE"].read_text()


def test_what_is_kept_has_no_path_of_the_machine(report, tmp_path):
    main, places = report
    failures = [f"{tmp_path / 'out' / 'kills' / 'run 3'} differs from {tmp_path / 'docs' / 'x'}"]
    result(tmp_path / "out", "kills", {**ROW, "failures": failures})
    main(tmp_path / "out")
    kept = json.loads((places["MEASURED"] / "kills.json").read_text())
    assert kept["rows"][0]["failures"] == ["FOLDER/kills/run 3 differs from ./docs/x"]


def test_what_could_not_be_tried_is_no_success(report, tmp_path):
    main, places = report
    reason = "nobody answers"
    result(tmp_path / "out", "kills", {**ROW, "tried": 0, "right": 0, "failures": [reason]})
    main(tmp_path / "out")
    assert "| **could not be tried** |" in places["PAGE"].read_text()
    assert "at random: nobody answers" in places["PAGE"].read_text()


def test_the_page_is_that_of_what_is_kept():
    names = runpy.run_path(str(SCRIPT))
    assert names["PAGE"].read_text() == names["page"](names["measured"](names["MEASURED"]))
