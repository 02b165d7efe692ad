"""`seqrec evaluate` on a ring of items."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_fake_run import NAMES, USERS

from seqrec_core import Bundle
from seqrec_core.errors import DataError


def test_evaluate_shows_and_stores_metrics_beside_popularity(seqrec, run):
    output = seqrec("evaluate", run)
    metrics = Bundle.load(run).metrics
    assert metrics["test/recall@1"] > 0.9
    assert metrics["test/popularity/recall@1"] < 0.2
    for text in ("test", "recall@1", f"{metrics['test/recall@1']:.4f}", "report.html"):
        assert text in output
    assert metrics["validate/ndcg@10"]  # what fit measured stays
    assert "<h2>test</h2>" in (run / "report.html").read_text()


def test_evaluate_agrees_with_what_predict_returns(seqrec, run, folder, tmp_path):
    seqrec("evaluate", run)
    pq.write_table(pq.read_table(folder / "test.parquet"), folder / "predict.parquet")
    seqrec("predict", run, "--out", tmp_path / "recs.parquet", "--top-k", 5)
    truth = pq.read_table(folder / "test.parquet")["ground_truth"].to_pylist()
    rows = pq.read_table(tmp_path / "recs.parquet").to_pylist()
    hits = {row["user"] for row in rows if row["item"] == NAMES[truth[row["user"] - 1000][0]]}
    assert Bundle.load(run).metrics["test/recall@5"] == pytest.approx(len(hits) / USERS)


@pytest.mark.filterwarnings("ignore:metrics. none of")
def test_a_split_without_true_items_has_no_metrics(seqrec, run, folder):
    path = folder / "test.parquet"
    table = pq.read_table(path)
    nothing = pa.array([[]] * USERS, pa.list_(pa.int64()))
    place = table.column_names.index("ground_truth")
    pq.write_table(table.set_column(place, "ground_truth", nothing), path)
    before = (run / "metrics.json").read_text()
    with pytest.raises(DataError, match="test: no user has a true item of the catalogue"):
        seqrec("evaluate", run)
    assert (run / "metrics.json").read_text() == before
