"""A run in Python answers as the commands do."""

import re
import shutil

import fsspec
import polars as pl
import pyarrow.parquet as pq
import pytest
import seqrec
from changed_lock import change_lock
from seqrec_tool_run.commands import evaluate
from typer.testing import CliRunner

from seqrec_core.cli.app import app
from seqrec_core.errors import BundleError, DataError


@pytest.fixture
def run(trained, tmp_path):
    """A copy beside its data, which tests may change."""
    shutil.copytree(trained.path.parent, tmp_path / "copy")
    return seqrec.load(tmp_path / "copy" / "run")


def test_it_evaluates_to_the_numbers_of_the_command_and_keeps_them(trained, run, capfd):
    metrics = run.evaluate()
    assert capfd.readouterr() == ("", "")
    assert metrics.items() <= run.metrics.items()
    evaluate(trained.path)
    stored = seqrec.load(trained.path).metrics
    assert {name: value for name, value in stored.items() if name.startswith("test/")} == metrics


def test_candidates_may_be_a_list_or_a_frame(run, tmp_path):
    names = [f"item {number}" for number in range(19, -1, -1)]
    (tmp_path / "candidates.txt").write_text("\n".join(names))
    of_list = run.evaluate("validate", candidates=names)
    assert of_list == run.evaluate("validate", candidates=tmp_path / "candidates.txt")
    assert any(name.startswith("validate:candidates/ndcg") for name in of_list)
    table = run.predict(candidates=names, top_k=3)
    assert set(table["item"].to_pylist()) <= set(names)
    own = pl.DataFrame({"user": ["user 1", "user 1"], "item": names[:2]})
    table = run.predict(candidates=own, keep_seen=True)
    assert set(table["item"].to_pylist()) == set(names[:2])
    assert set(table["user"].to_pylist()) == {"user 1"}


def test_it_predicts_the_table_of_the_command(run, tmp_path):
    out = tmp_path / "top.parquet"
    CliRunner().invoke(app, ["predict", str(run.path), "--out", str(out), "--top-k", "4"])
    assert run.predict(top_k=4).equals(pq.read_table(out))


def test_lists_are_answered_as_on_the_command_line(run):
    [best] = run.recommend([["item 3", "item 4"]], top_k=3)
    arguments = ["recommend", str(run.path), "item 3", "item 4", "--top-k", "3"]
    output = CliRunner().invoke(app, arguments).output
    assert re.findall(r"\d +(item \d+) +(-?\d+\.\d+)", output) == [
        (item, f"{score:.3f}") for item, score in best
    ]


@pytest.mark.parametrize(
    "convert",
    [pl.DataFrame.to_pandas, pl.DataFrame.clone, pl.DataFrame.to_arrow],
    ids=["pandas", "polars", "pyarrow"],
)
def test_a_frame_is_answered_by_one_of_its_kind_as_predict_does(run, events, convert):
    frame = convert(events)
    answer = run.recommend(frame, top_k=4)
    assert type(answer) is type(frame)
    ours = pl.DataFrame(answer).sort("user", "rank")
    theirs = pl.from_arrow(run.predict(top_k=4)).sort("user", "rank")
    assert ours.columns == theirs.columns
    assert ours["item"].to_list() == theirs["item"].to_list()
    assert ours["score"].to_list() == pytest.approx(theirs["score"].to_list(), abs=1e-5)


def test_options_of_the_recommender_go_through(run, events):
    one = events.filter(pl.col("customer") == "user 1")
    strange = one.with_columns(sku=pl.lit("nowhere"))
    with pytest.raises(DataError, match="'nowhere' is no item that the model knows"):
        run.recommend(strange)
    assert run.recommend(strange, skip_unknown=True)["rank"].to_list() == [*range(1, 11)]
    few = run.recommend(one, candidates=["item 1", "item 2"], keep_seen=True)
    assert set(few["item"].to_list()) == {"item 1", "item 2"}
    none = run.recommend(one, candidates=[])
    assert none.columns == ["user", "item", "rank", "score"]
    assert none.is_empty()
    with pytest.raises(DataError, match="no column for the item"):
        run.recommend(one.drop("sku"))


def test_it_knows_its_history_and_the_best_of_it(trained):
    assert trained.history["epoch"].to_pylist() == [1.0, 2.0]
    assert trained.best["epoch"] in (1.0, 2.0)
    name = "ndcg@10"
    assert trained.best[name] == max(trained.history[name].to_pylist())
    assert trained.metrics[f"validate/{name}"] == pytest.approx(trained.best[name])


def test_other_data_stand_in_and_other_places_are_errors(run, data, tmp_path):
    shutil.rmtree(run.path.with_name("data"))
    with pytest.raises(DataError, match="say where it is with --data"):
        run.evaluate()
    assert run.evaluate(data=data) == run.evaluate(data=str(data.path))
    with pytest.raises(BundleError, match="is no bundle: it has no spec"):
        seqrec.load(tmp_path)


def test_a_uri_is_a_run_whose_copy_stays_as_it_is(run):
    copy = seqrec.load(run.path.as_uri())
    assert copy.path == run.path
    assert copy.recommend([["item 3"]]) == run.recommend([["item 3"]])


def test_a_notebook_shows_model_metrics_curves_and_spec(trained):
    page = trained._repr_html_()
    assert page.count("<svg") == 2
    assert "<th>validate</th><th>model</th><th>popularity</th>" in page
    assert "<summary>Recipe</summary>" in page
    assert re.search(r"<td>parameters</td><td>[\d,]+</td>", page)
    assert "<td>ndcg@10</td>" in trained.evaluate()._repr_html_()
    assert repr(trained) == f"Run('{trained.path}', SasRecSpec)"


def test_names_of_columns_at_a_uri_are_read_where_the_run_is_trusted(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    system.put(str(run.path.with_name("data")), "/columns", recursive=True)
    change_lock(run.path, lambda lock: lock["data"].update(folder="memory://columns"))
    assert seqrec.load(run.path)._usual_names() == {}
    assert seqrec.load(run.path, trust=True)._usual_names()["item"] == "sku"
    system.rm("/columns", recursive=True)
    assert seqrec.load(run.path, trust=True)._usual_names() == {}
