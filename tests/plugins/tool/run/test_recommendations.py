"""Recommendations as they are written, batch by batch."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_tool_run import recommendations
from seqrec_tool_run.id_maps import UserIds
from seqrec_tool_run.recommendations import RecommendationWriter

from seqrec_core.contracts import WriterProto
from seqrec_core.errors import DataError

ITEMS = pa.array(["ant", "bee", "cat", "dog"])


def users() -> UserIds:
    return UserIds(np.array([30, 10, 20]), pa.array(["c", "a", "b"]))


class Filter:
    """Removes the item each user names."""

    def on_prediction(self, batch, logits):
        return logits.scatter(1, batch["seen"].unsqueeze(1), -torch.inf)


def write(path, batches, **settings) -> list[dict]:
    """Hands over (query ids, logits, more) and reads the file."""
    with RecommendationWriter(path, users(), ITEMS, **{"top_k": 2, **settings}) as writer:
        for queries, logits, more in batches:
            batch = {"query_id": torch.tensor(queries), **more}
            writer.update(batch, {"logits": torch.tensor(logits)})
    assert writer.rows == pq.read_metadata(path).num_rows
    return pq.read_table(path).to_pylist()


def test_it_is_a_writer(tmp_path):
    assert isinstance(RecommendationWriter(tmp_path, None, ITEMS, top_k=1), WriterProto)


def test_rows_have_the_ids_of_the_data_ordered_by_rank(tmp_path):
    rows = write(tmp_path / "r.parquet", [([20, 30], [[0.1, 0.4, 0.3, 0.2], [9, 8, 7, 6.0]], {})])
    assert [(row["user"], row["item"], row["rank"]) for row in rows] == [
        ("b", "bee", 1),
        ("b", "cat", 2),
        ("c", "ant", 1),
        ("c", "bee", 2),
    ]
    assert [row["score"] for row in rows] == pytest.approx([0.4, 0.3, 9, 8])


def test_filtered_items_are_left_out_and_lists_may_be_shorter(tmp_path):
    seen = {"seen": torch.tensor([1])}
    logits = [[-torch.inf, 5.0, -torch.inf, 1.0]]
    rows = write(tmp_path / "r.parquet", [([10], logits, seen)], postprocessors=[Filter()])
    assert [(row["user"], row["item"], row["rank"]) for row in rows] == [("a", "dog", 1)]


def test_candidates_name_the_columns(tmp_path):
    candidates = torch.tensor([3, 1])
    rows = write(tmp_path / "r.parquet", [([10], [[1.0, 2.0]], {})], candidates=candidates)
    assert [row["item"] for row in rows] == ["bee", "dog"]


def test_rows_are_written_as_they_come(tmp_path, monkeypatch):
    monkeypatch.setattr(recommendations, "ROWS", 2)
    path = tmp_path / "r.parquet"
    rows = write(path, [([user], [[1.0, 2.0, 3.0, 4.0]], {}) for user in (10, 20, 30)])
    assert len(rows) == 6
    assert pq.read_metadata(path).num_row_groups == 3


def test_a_broken_run_leaves_no_file_and_an_earlier_one_as_it_was(tmp_path):
    path = tmp_path / "r.parquet"
    path.write_text("earlier")
    writer = RecommendationWriter(path, users(), ITEMS, top_k=1)
    with pytest.raises(DataError, match="no column 'query_id'"), writer:
        writer.update({}, {"logits": torch.zeros(1, 4)})
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "earlier"


def test_users_without_ids_of_their_own_keep_their_numbers(tmp_path):
    with RecommendationWriter(tmp_path / "r.parquet", None, pa.array(range(4)), top_k=1) as writer:
        batch = {"query_id": torch.tensor([[25], [7]])}
        writer.update(batch, {"logits": torch.tensor([[0.0, 1, 0, 0], [0, 0, 1, 0]])})
    rows = pq.read_table(tmp_path / "r.parquet").to_pylist()
    assert [(row["user"], row["item"]) for row in rows] == [(25, 1), (7, 2)]


def test_logits_of_more_items_than_the_catalogue_has_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"item number 4, and the catalogue has 4 items"):
        write(tmp_path / "r.parquet", [([10], [[1.0, 2.0, 3.0, 4.0, 5.0]], {})])
    assert not list(tmp_path.iterdir())
