"""An index of a bundle, from its weights to a folder."""

import json

import pytest
import torch
from large_bundle import item_table, large
from seqrec_library_nearest.index_folder import read_index
from seqrec_tool_index.index_bundle import index_bundle
from seqrec_tool_recommend.recommender import Recommender
from untrained_bundle import named, written

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, DataError

ITEMS = 20_000


@pytest.mark.slow
@pytest.mark.parametrize("clustered", [False, True])
def test_what_it_finds_is_what_it_says(tmp_path, clustered):
    table = item_table(ITEMS, clustered=clustered)
    bundle = Bundle.load(large(tmp_path, data=False, table=table))
    said = []
    measured = index_bundle(bundle, tmp_path / "index", target=0.95, users=256, say=said.append)
    assert measured["recall@10"] >= 0.93  # of other users than the effort was chosen for
    assert (measured["items"], measured["dim"], measured["histories"]) == (ITEMS, 16, "random")
    assert "recall is that for random histories" in said[0]
    facts = json.loads((tmp_path / "index" / "index.json").read_text())
    assert facts["measured"]["recall@10"] == measured["recall@10"]
    exact = Recommender.load(bundle.path)
    by_index = Recommender.load(bundle.path, index=tmp_path / "index")
    histories = [named(torch.randint(ITEMS, (9,)).tolist()) for _ in range(64)]
    hits = 0
    for mine, all_of_them in zip(
        by_index.recommend(histories), exact.recommend(histories), strict=True
    ):
        scores = dict(all_of_them)
        for item, score in mine:
            hits += item in scores
            assert item not in scores or score == pytest.approx(scores[item], abs=1e-4)
    assert hits / 640 >= 0.9


def test_users_are_those_of_the_data_where_it_is(tmp_path):
    bundle = Bundle.load(large(tmp_path, 2_000))
    measured = index_bundle(bundle, tmp_path / "index", "int8", users=50)
    assert (measured["histories"], measured["users"]) == ("predict", 9)
    assert measured["own_recall@10"] > 0.9
    assert 0 < measured["largest_score_difference"] < 1
    assert measured["bytes"] < measured["table_bytes"] / 3
    assert read_index(tmp_path / "index", bundle).kind == "int8"
    with pytest.raises(DataError, match=r"has no predict.parquet"):
        index_bundle(bundle, tmp_path / "index", data=tmp_path)


def test_any_model_with_the_ability_has_an_index(tmp_path):
    bundle = Bundle.load(written(tmp_path, "two_tower"))
    measured = index_bundle(bundle, tmp_path / "index", "flat", users=20)
    assert (measured["recall@10"], measured["items"]) == (1, 131)


def test_a_model_without_it_is_refused(tmp_path, monkeypatch):
    bundle = Bundle.load(large(tmp_path, 2_000))
    monkeypatch.setattr(type(bundle.model), "last_hidden_state", lambda *_: None)
    with pytest.raises(BundleError, match="SasRec does not score items by the dot product"):
        index_bundle(bundle, tmp_path / "index", users=20)
    assert not (tmp_path / "index").exists()
