"""Data in memory: each user once, the same in every pass, and an end where it is asked for."""

import pytest
import torch
from seqrec_tool_conformance.ready_data import ReadyData, StoppedError

from seqrec_core.contracts import DataModuleProto
from seqrec_core.contracts.conformity import missing_members


def test_it_is_a_data_module():
    assert missing_members(ReadyData(), DataModuleProto) == []
    assert ReadyData().vocabularies().items is None


@pytest.mark.parametrize("split", ["train", "validate", "test", "predict"])
def test_every_split_has_eight_users_in_two_batches(split):
    [loader] = ReadyData().loaders(split)
    for _ in range(2):
        users = [batch["query_id"].tolist() for batch in loader]
        assert users == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert len(loader) == 2


def test_a_split_that_is_not_there_has_no_loader():
    assert ReadyData().loaders("other") == ()


def test_transforms_group_the_features():
    data = ReadyData()
    [loader] = data.loaders("train")
    batch = next(iter(loader))
    columns = data.transform("train", batch)
    assert torch.equal(columns["feature_tensors"]["item_id"], batch["item_id"])
    assert "feature_tensors" not in batch


def test_a_training_can_be_stopped_in_a_pass():
    data = ReadyData(stops_at=2)
    [training], [evaluation] = data.loaders("train"), data.loaders("validate")
    assert len(list(training)) == len(list(evaluation)) == 2
    with pytest.raises(StoppedError, match="pass 2"):
        next(iter(training))
