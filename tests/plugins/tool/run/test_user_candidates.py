"""Candidates of each user, and the batches that they come into."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_run.user_candidates import CandidateData, UserCandidates

from seqrec_core.contracts import DataModuleProto
from seqrec_core.errors import DataError

SOURCE = Path("each.csv")


class Data:
    """Batches of query ids, two at a time."""

    def __init__(self, *queries, own=None):
        self.queries, self.own = queries, own

    def loaders(self, split):
        return [[{"query_id": torch.tensor(ids)} for ids in self.queries]]

    def transform(self, split, batch):
        return {"padding_mask": batch["query_id"] >= 0, "candidates_to_score": self.own}

    def vocabularies(self):
        return "those"


@settings(deadline=None)
@given(
    pairs=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1),
    asked=st.lists(st.integers(0, 12), max_size=6),
    randoms=st.randoms(use_true_random=False),
)
def test_users_get_theirs_and_padding(pairs, asked, randoms):
    rows = sorted(pairs)
    randoms.shuffle(rows)
    queries, items = np.array(rows).T
    candidates = UserCandidates.of_pairs(queries, items, SOURCE)
    ids = candidates.of_users(torch.tensor(asked, dtype=torch.int64)[:, None])
    expected = [{item for user, item in pairs if user == each} for each in asked]
    assert ids.shape == (len(asked), max([1, *map(len, expected)]))
    for row, own in zip(ids.tolist(), expected, strict=True):
        assert set(row[: len(own)]) == own
        assert set(row[len(own) :]) <= {-1}
    assert candidates.lacking(np.array(asked, np.int64)).tolist() == [not own for own in expected]


def one(*users) -> UserCandidates:
    return UserCandidates.of_pairs(np.array(users), np.arange(len(users)), SOURCE)


def test_batches_of_evaluation_hold_candidates_unless_they_have_their_own():
    batch = {"query_id": torch.tensor([7, 3])}
    data = CandidateData(Data([7, 3]), one(3, 7), "query_id")
    assert isinstance(data, DataModuleProto)
    assert data.vocabularies() == "those"
    for split in ("validate", "test", "predict"):
        assert data.transform(split, batch)["candidates_to_score"].tolist() == [[1], [0]]
    assert data.transform("train", batch)["candidates_to_score"] is None
    own = torch.tensor([5])
    data = CandidateData(Data([7, 3], own=own), one(3, 7), "query_id")
    assert data.transform("test", batch)["candidates_to_score"] is own


def test_users_without_candidates_are_counted_and_named():
    data = Data([9, 3], [4, 3])
    assert CandidateData(data, one(3, 4, 9), "query_id").users_without("test", None) == ""
    text = CandidateData(data, one(3), "query_id").users_without("test", None)
    assert text == "test: 2 of 3 users have no candidates in each.csv, such as 4, 9"
    with pytest.raises(DataError, match=r"3 of 3 users .* name candidates of the users of this"):
        CandidateData(data, one(1), "query_id").users_without("test", None)


def test_batches_that_do_not_say_whose_they_are_are_refused():
    with pytest.raises(DataError, match="validate: batches have no column 'user_id'"):
        CandidateData(Data([3]), one(3), "user_id").users("validate")
