"""Who follows a run sees what is stored, and may end it; the run can go on."""

import pytest
from seqrec_tool_run.fit import fit
from seqrec_tool_run.history_csv import read_rows
from seqrec_tool_run.watching import StopTraining

from seqrec_core import Bundle
from seqrec_core.session import load_resolved


def settings(**trainer):
    return [f"trainer.{name}={value}" for name, value in trainer.items()]


def test_each_row_is_shown_once_it_is_stored(spec, tmp_path):
    out, seen = tmp_path / "run", []

    def watch(row):
        assert read_rows(out / "logs" / "history.csv")[-1] == row
        seen.append(dict(row))
        row.clear()  # a copy

    recipe = load_resolved(spec, settings(max_epochs=3)).recipe
    assert fit(recipe, out, watch=watch)
    assert seen == read_rows(out / "logs" / "history.csv")
    assert [row["epoch"] for row in seen] == [1, 2, 3]


@pytest.mark.filterwarnings("ignore:You.re resuming from a checkpoint")
@pytest.mark.parametrize("last", [1, 3])
def test_a_run_that_it_ends_is_a_bundle_that_goes_on_to_the_same_weights(spec, tmp_path, last):
    def watch(row):
        if row["epoch"] == last:
            raise StopTraining

    recipe, out = load_resolved(spec).recipe, tmp_path / "run"
    assert not fit(recipe, out, watch=watch)
    assert [row["epoch"] for row in read_rows(out / "logs" / "history.csv")] == [
        *range(1, last + 1)
    ]
    assert 1 <= Bundle.load(out).metrics["epoch"] <= last
    assert (out / "report.html").is_file()
    assert fit(recipe, out, resume=True)
    assert fit(recipe, tmp_path / "whole")
    weights = [(path / "model.safetensors").read_bytes() for path in (out, tmp_path / "whole")]
    assert weights[0] == weights[1]
