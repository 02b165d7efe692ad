"""Embeddings of items and users as tables."""

import numpy as np
import pyarrow.parquet as pq
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_export.embedding_tables import export_embeddings
from seqrec_tool_recommend.recommender import Recommender
from untrained_bundle import written

from seqrec_core.places import local


def test_products_of_embeddings_are_scores(tmp_path):
    bundle, out = written(tmp_path), tmp_path / "embeddings"
    rows = export_embeddings(bundle, out, data_folder())
    items, users = (pq.read_table(out / f"{name}.parquet") for name in ("items", "users"))
    assert rows == {"items": len(items), "users": len(users)}
    table = np.array(items["embedding"].to_pylist(), np.float32)
    known = pq.read_table(data_folder() / "users.parquet")
    numbers = {row["user"]: row["query_id"] for row in known.to_pylist()}
    rows = pq.read_table(data_folder() / "predict.parquet").to_pylist()
    histories = {row["query_id"]: row["item_id"] for row in rows}
    recommender = Recommender.load(bundle)
    names = items["item"].to_pylist()
    for row in users.slice(0, 3).to_pylist():
        history = [names[item] for item in histories[numbers[row["user"]]]]
        [best] = recommender.recommend([history], 5, keep_seen=True)
        scores = table @ np.array(row["embedding"], np.float32)
        expected = [scores[names.index(item)] for item, _ in best]
        np.testing.assert_allclose([score for _, score in best], expected, atol=1e-5)


def test_embeddings_go_where_a_uri_says(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    bundle, uri = written(tmp_path), "memory://embeddings"
    rows = export_embeddings(bundle, uri)
    assert rows == {"items": pq.read_table(local(f"{uri}/items.parquet")).num_rows}
