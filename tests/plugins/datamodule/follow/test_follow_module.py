"""The module that a trainer is handed."""

import pytest
import torch
from seqrec_datamodule_follow.arrivals import Arrivals
from seqrec_datamodule_follow.follow_module import FollowModule
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_tool_run.following import Follows
from tiny_parquet import SCHEMA, Targets

from seqrec_core.contracts import DataModuleProto, DrawsNumbers, Resumable
from seqrec_core.data_folder import DataFolder


class Noisy(Targets):
    def __init__(self):
        super().__init__()
        self.generator = torch.Generator().manual_seed(1)

    def generators(self):
        return [self.generator]


@pytest.fixture
def data(folder):
    noisy = Noisy()

    def opened(train):
        return ParquetModule(
            8,
            train_path=train,
            schema=SCHEMA,
            max_sequence_length=6,
            group_by_length=True,
            transforms={"train": [noisy]},
            config={"train": {"generator": torch.Generator().manual_seed(5)}},
        )

    return FollowModule(Arrivals(str(folder)), opened, None, DataFolder(folder), [noisy])


def test_it_can_be_followed_resumed_and_drawn_from(data):
    for ability in (DataModuleProto, DrawsNumbers, Follows):
        assert isinstance(data, ability)
    assert isinstance(data.loaders("train")[0], Resumable)
    assert len(data.generators()) == 1


def test_weights_of_batches_have_the_mean_one_in_each_file(data, add):
    add("1.parquet", 0, 40)
    add("2.parquet", 44, 100)
    (stream,) = data.loaders("train")
    for batches in (5, 7):
        weights = [float(data.transform("train", batch)["loss_weight"]) for batch in stream]
        assert len(weights) == batches
        assert sum(weights) / batches == pytest.approx(1, abs=1e-6)
    assert not data.has_more()
