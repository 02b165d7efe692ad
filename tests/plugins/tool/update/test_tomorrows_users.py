"""A trained model answers tomorrow's file: new users, known items, and some that it cannot know."""

import polars as pl
import pytest
from seqrec_tool_recommend.recommender import Recommender


@pytest.mark.slow
def test_predictions_are_the_recommendations_after_the_same_histories(days, tmp_path, seqrec):
    seqrec(
        "data", "prepare", days / "day2.csv", "--ids-from", days / "run", "--out", tmp_path / "d"
    )
    data = ("--data", tmp_path / "d")
    seqrec("predict", days / "run", *data, "--out", tmp_path / "top.parquet", "--top-k", 4)
    seqrec("evaluate", days / "run", *data)
    log = pl.read_csv(days / "day2.csv").group_by("user", maintain_order=True).agg("item")
    top = pl.read_parquet(tmp_path / "top.parquet")
    recommender = Recommender.load(days / "run")
    for user, history in log.rows():
        [expected] = recommender.recommend([history], top_k=4, skip_unknown=True)
        rows = top.filter(user=user).sort("rank")
        assert rows["item"].to_list() == [each.item for each in expected]
        assert rows["score"].to_list() == pytest.approx([each.score for each in expected], abs=1e-5)
    assert set(top["user"]) == set(log["user"])
