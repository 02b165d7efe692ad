"""Targets per event: whatever the task, batches weigh 1 on average."""

from itertools import islice
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_datamodule_parquet.target_share import mean_events, target_share
from seqrec_transform_sequence.next_token import NextTokenTransform
from seqrec_transform_sequence.token_mask import TokenMaskTransform
from tiny_parquet import SCHEMA, Targets, tiny_module

LENGTH = 20


@pytest.fixture(scope="module")
def long_folder(tmp_path_factory):
    """1,500 users, the later the longer, with 2 to 40 events."""
    folder = tmp_path_factory.mktemp("long")
    rng = np.random.default_rng(0)
    lengths = np.linspace(2, 40, 1500).astype(int)
    items = [rng.integers(0, 100, length).tolist() for length in lengths]
    rows = pa.table({"query_id": range(1500), "item_id": items})
    pq.write_table(rows, folder / "train.parquet", row_group_size=70)
    return folder


def cloze_target(batch):
    """A plain callable: events that are hidden are targets."""
    hidden = batch["item_id_mask"] & ~batch["token_mask"]
    return {**batch, "target_padding_mask": hidden.unsqueeze(-1)}


def cloze(generator=None, share=0.2):
    return [TokenMaskTransform("item_id_mask", mask_prob=share, generator=generator), cloze_target]


def module(folder, transforms, batch_size=32, **arguments):
    return ParquetModule(
        batch_size,
        transforms={"train": transforms},
        train_path=str(folder / "train.parquet"),
        schema=SCHEMA,
        max_sequence_length=LENGTH,
        group_by_length=True,
        **arguments,
    )


def weights(data, batches=None):
    batches = data.train_dataloader() if batches is None else batches
    return torch.stack([data.transform("train", batch)["loss_weight"] for batch in batches])


@pytest.mark.parametrize(("share", "rounding"), [(0.05, 0.1), (0.2, 0.02), (0.6, 0.02)])
@pytest.mark.parametrize("batch_size", [8, 32])
@pytest.mark.parametrize("processes", [1, 2])
def test_the_mean_weight_of_an_epoch_of_cloze_is_one(
    long_folder, share, rounding, batch_size, processes
):
    mean = 0.0
    for number in range(processes):
        here = SimpleNamespace(curr_replica=number, num_replicas=processes)
        transforms = cloze(torch.Generator().manual_seed(3 + number), share)
        config = {"train": {"replicas_info": here}}
        data = module(long_folder, transforms, batch_size, config=config)
        mean += weights(data).mean().item() / processes
    assert mean == pytest.approx(1, rel=rounding)


def test_a_weight_is_the_share_of_a_batch_in_the_targets(long_folder):
    data = module(long_folder, cloze(torch.Generator().manual_seed(3)))
    output = [data.transform("train", batch) for batch in data.train_dataloader()]
    targets = torch.stack([batch["target_padding_mask"].sum() for batch in output]).double()
    expected = targets / targets.mean()
    given = torch.stack([batch["loss_weight"] for batch in output]).double()
    torch.testing.assert_close(given, expected, rtol=0.02, atol=0)


def test_measuring_draws_nothing_from_the_run(long_folder):
    def masks(weighs):
        torch.manual_seed(5)
        own = torch.Generator().manual_seed(3)
        data = module(long_folder, [*cloze(own), *cloze(None)])
        batch = next(iter(data.train_dataloader()))
        if weighs:
            data.transform("train", batch)
            torch.manual_seed(5)
            own.manual_seed(3)
        else:
            data.group_by_length = False
        return data.transform("train", batch)["token_mask"], own.get_state(), torch.rand(3)

    for one, other in zip(masks(True), masks(False), strict=True):
        assert torch.equal(one, other)

    data = module(long_folder, cloze(None))
    dataset = data.train_dataloader()
    before = torch.get_rng_state()
    target_share(dataset, data.transforms["train"], "item_id", LENGTH, torch.device("cpu"))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_constant_is_the_same_in_every_process_and_after_resuming(long_folder):
    def constant(replica, seed, num_replicas=2):
        here = SimpleNamespace(curr_replica=replica, num_replicas=num_replicas)
        own = torch.Generator().manual_seed(seed)
        data = module(long_folder, cloze(own), config={"train": {"replicas_info": here}})
        batch = data.transform("train", next(iter(data.train_dataloader())))
        return (batch["target_padding_mask"].sum() / batch["loss_weight"]).item()

    assert constant(0, seed=1) == constant(1, seed=2)

    first = module(long_folder, cloze(torch.Generator().manual_seed(1)))
    batches = iter(first.train_dataloader())
    weights(first, islice(batches, 3))
    state = first.train_dataloader().state_dict()
    drawn = [generator.get_state() for generator in first.generators()]
    resumed = module(long_folder, cloze(torch.Generator().manual_seed(2)))
    resumed.train_dataloader().load_state_dict(state)
    for generator, value in zip(resumed.generators(), drawn, strict=True):
        generator.set_state(value)
    assert torch.equal(weights(resumed), weights(first, batches))


@pytest.mark.parametrize("shift", [1, 3])
def test_next_token_targets_are_as_many_as_events_to_the_bit(long_folder, shift):
    transforms = [
        NextTokenTransform("item_id", shift=shift, out_feature_name="target"),
        lambda batch: {**batch, "target_padding_mask": batch["target_mask"].unsqueeze(-1)},
    ]
    data = module(long_folder, transforms)
    dataset = data.train_dataloader()
    share = target_share(dataset, data.transforms["train"], "item_id", LENGTH, torch.device("cpu"))
    assert share == 1.0
    for batch in dataset:
        output = data.transform("train", batch)
        constant = mean_events(dataset, "item_id", LENGTH)
        assert torch.equal(output["loss_weight"], output["target_padding_mask"].sum() / constant)
    lengths = np.minimum(np.linspace(2, 40, 1500).astype(int), LENGTH)
    assert constant == pytest.approx(lengths.sum() / len(dataset))


def test_several_positives_of_an_event_count_each(folder):
    def three(batch):
        mask = batch["item_id_mask"].unsqueeze(-1)
        return {**batch, "target_padding_mask": mask.expand(-1, -1, 3)}

    data = tiny_module(folder, transforms={"train": [three]}, group_by_length=True)
    assert weights(data).mean().item() == pytest.approx(1)


def test_transforms_that_make_no_target_at_all_are_refused(folder):
    def nothing(batch):
        return {**batch, "target_padding_mask": batch["item_id_mask"] & False}

    data = tiny_module(folder, transforms={"train": [nothing]}, group_by_length=True)
    batch = next(iter(data.train_dataloader()))
    with pytest.raises(ValueError, match=r"make no target of .* turn it off"):
        data.transform("train", batch)


@pytest.mark.parametrize("processes", [2, 3, 4])
def test_the_weighted_step_of_several_processes_is_that_of_one_with_all_their_rows(
    long_folder, processes
):
    def step(size, count):
        gradient = torch.zeros(100, dtype=torch.float64)
        for number in range(count):
            here = SimpleNamespace(curr_replica=number, num_replicas=count)
            data = module(
                long_folder,
                [Targets()],
                -(-1500 // size),
                config={"train": {"replicas_info": here}},
            )
            (batch,) = (data.transform("train", each) for each in data.train_dataloader())
            scores = torch.ones(100, dtype=torch.float64, requires_grad=True)
            labels = batch["labels"][batch["target_padding_mask"].squeeze(-1)]
            loss = scores.log_softmax(0)[labels].mean() * batch["loss_weight"].double()
            loss.backward()
            gradient += scores.grad / count
        return gradient

    alone = step(1, 1)
    torch.testing.assert_close(step(processes, processes), alone, rtol=1e-6, atol=1e-9)
