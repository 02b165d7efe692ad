"""Recommendations from a bundle alone: those of `seqrec predict`, for whatever history."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_recommend.recommender import Recommender
from seqrec_tool_run.predict import predict
from untrained_bundle import named, written

from seqrec_core.errors import BundleError, DataError
from seqrec_core.terminal import console


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
@pytest.mark.parametrize("keep_seen", [False, True])
def test_it_recommends_what_predict_does(tmp_path, model, keep_seen):
    bundle = written(tmp_path, model)
    predict(bundle, None, tmp_path / "out.parquet", 7, None, keep_seen, console())
    rows = pq.read_table(tmp_path / "out.parquet").sort_by(
        [("user", "ascending"), ("rank", "ascending")]
    )
    users = pq.read_table(data_folder() / "predict.parquet").to_pylist()
    best = Recommender.load(bundle).recommend(
        [named(user["item_id"]) for user in users], 7, keep_seen=keep_seen, batch_size=4
    )
    assert rows["item"].to_pylist() == [row.item for answer in best for row in answer]
    scores = [row.score for answer in best for row in answer]
    assert rows["score"].to_pylist() == pytest.approx(scores, abs=1e-5)


def test_a_bundle_needs_no_data_folder(tmp_path):
    bundle = written(tmp_path)
    expected = Recommender.load(bundle).recommend([named([3, 4])])
    moved = tmp_path / "elsewhere" / "run"
    moved.parent.mkdir()
    shutil.move(bundle, moved)
    assert Recommender.load(moved).recommend([named([3, 4])]) == expected


def test_histories_do_not_know_of_each_other(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    histories = [named([5]), [], named([1, 2, 3, 4, 5, 6])]
    together = recommender.recommend(histories, 5)
    for history, answer in zip(histories, together, strict=True):
        [alone] = recommender.recommend([history], 5)
        assert [row.item for row in alone] == [row.item for row in answer]


def test_what_was_seen_before_the_last_events_is_left_out_too(tmp_path):
    [answer] = Recommender.load(written(tmp_path)).recommend([named(range(100))], 131)
    assert sorted(row.item for row in answer) == sorted(named(range(100, 131)))


def test_candidates_are_all_there_is_to_choose_from(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    [everything] = recommender.recommend([named([1, 2])], 131)
    candidates = named([2, 90, 40, 7, 90])
    [answer] = recommender.recommend([named([1, 2])], 10, candidates=candidates)
    expected = [row for row in everything if row.item in candidates]
    assert [row.item for row in answer] == [row.item for row in expected]
    assert len(answer) == 3  # item 2 was seen
    with pytest.raises(DataError, match="candidates, place 1: 'nothing' is no item"):
        recommender.recommend([[]], candidates=["item 1", "nothing"])


def test_no_history_at_all_gives_nothing(tmp_path):
    assert Recommender.load(written(tmp_path)).recommend([]) == []


def test_an_unknown_item_is_named_or_left_out(tmp_path):
    recommender = Recommender.load(written(tmp_path))
    with pytest.raises(DataError, match="history 1, place 0: 'item 131' is no item"):
        recommender.recommend([named([1]), ["item 131"]])
    assert recommender.recommend([["item 131", "item 1"]], skip_unknown=True) == (
        recommender.recommend([["item 1"]])
    )


def test_one_history_in_place_of_several_is_refused(tmp_path):
    with pytest.raises(TypeError, match="history 0 is the text 'item 1'; give a list"):
        Recommender.load(written(tmp_path)).recommend(["item 1"])


def test_a_model_that_reads_more_than_items_is_refused(tmp_path):
    def rated(features):
        rating = {"name": "price", "type": "numerical", "is_seq": True, "source": "interactions"}
        return [feature for feature in features if feature["name"] != "price"] + [rating]

    with pytest.raises(BundleError, match="reads 'price', which is no feature of items"):
        Recommender.load(written(tmp_path, schema=rated))


def test_ids_may_be_numbers_or_their_text(tmp_path):
    bundle = written(tmp_path)
    table = pq.read_table(bundle / "items.parquet")
    numbers = pa.array(range(1000, 1000 + len(table)))
    column = table.schema.get_field_index("item")
    pq.write_table(table.set_column(column, "item", numbers), bundle / "items.parquet")
    recommender = Recommender.load(bundle)
    [answer] = recommender.recommend([[1001, 1002]], 3)
    assert recommender.recommend([["1001", "1002"]], 3) == [answer]
    assert all(isinstance(row.item, int) and row.item >= 1000 for row in answer)
