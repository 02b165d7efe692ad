"""Negatives of the model's sampler, in training as the transform uniform_negatives drew them."""

import pytest
import torch
from seqrec_transform_negatives.sampled_negatives import SampledNegatives
from tiny_parquet import write_folder

from seqrec_core import dump, load, resolve
from seqrec_core.build import Runtime, build, build_part
from seqrec_core.contracts import DrawsNumbers
from seqrec_core.errors import BuildError


class Constant:
    """A sampler that draws nothing."""

    def __call__(self, batch):
        return batch["positive_labels"] + 1

    forward = __call__


class Drawing(Constant):
    """One that says what it draws from."""

    def __init__(self):
        self.generator = torch.Generator()

    def generators(self):
        return (self.generator,)


def recipe(folder, items=100, **model):
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": items}
    sizes = {"embedding_dim": 8, "num_heads": 2, "num_blocks": 1, "max_sequence_length": 6}
    return {
        "schema": {"features": [item]},
        "model": {"type": "sasrec", **sizes, "loss": {"type": "ce_sampled"}, **model},
        "data": {"type": "parquet", "folder": str(folder), "batch_size": 8},
    }


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path)
    return tmp_path


def test_the_negatives_are_a_new_column():
    batch = {"positive_labels": torch.arange(3)}
    result = SampledNegatives(Constant())(batch)
    assert result.pop("negative_labels").tolist() == [1, 2, 3]
    assert result == batch
    assert list(batch) == ["positive_labels"]


def test_a_checkpoint_keeps_what_the_sampler_draws_from():
    sampler = Drawing()
    transform = SampledNegatives(sampler)
    assert isinstance(transform, DrawsNumbers)
    assert list(transform.generators()) == [sampler.generator]
    assert not list(SampledNegatives(Constant()).generators())


def test_a_model_without_a_sampler_is_an_error_with_a_remedy(folder):
    resolved = resolve(load(recipe(folder, negatives=None)))
    with pytest.raises(BuildError, match=r"train\[5\].*no sampler: model\.negatives is null.*Give"):
        build_part(resolved.data, Runtime.of(resolved), "data")


def test_a_sampler_that_cannot_be_built_is_named_where_it_stands(folder):
    sampler = {"type": "uniform", "sample_distribution": "nowhere.parquet:count"}
    resolved = resolve(load(recipe(folder, negatives=sampler)))
    with pytest.raises(BuildError, match=r"^model\.negatives \(sampler 'uniform' of .*nowhere"):
        build_part(resolved.data, Runtime.of(resolved), "data")


def trained(raw, steps=5):
    """Losses of a few steps of training, the weights after them, and the number of negatives."""
    resolved = resolve(load(raw))
    runtime = Runtime.of(resolved)
    model, data = build(resolved, runtime=runtime), build_part(resolved.data, runtime, "data")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    torch.manual_seed(0)
    losses = []
    for _, raw_batch in zip(range(steps), data.loaders("train")[0], strict=False):
        batch = data.transform("train", raw_batch)
        names = ("feature_tensors", "padding_mask", "positive_labels", "target_padding_mask")
        asked = {name: batch[name] for name in (*names, "negative_labels")}
        loss = model(**asked)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.state_dict(), len(batch["negative_labels"])


@pytest.mark.parametrize(
    ("items", "count", "drawn"), [(100, None, 99), (5000, None, 100), (5000, 300, 300)]
)
def test_training_gives_the_numbers_of_an_explicit_transform(folder, items, count, drawn):
    sampler = {} if count is None else {"negatives": {"num_negative_samples": count}}
    raw, explicit = recipe(folder, items, **sampler), recipe(folder, items)
    *train, last = dump(resolve(load(raw)))["data"]["transforms"]["train"]
    assert last == {"type": "seqrec-transform-negatives:negatives", "logq": False}
    train.append({"type": "uniform_negatives", "num_negative_samples": drawn})
    explicit["data"]["transforms"] = {"train": train}
    (losses, weights, number), (expected, others, _) = trained(raw), trained(explicit)
    assert number == drawn
    assert losses == expected
    assert all(torch.equal(weights[name], others[name]) for name in others)


class Numbered(Constant):
    """Tells of each item its own number."""

    def log_frequency(self, items, batch):
        return items.double()


def test_how_often_items_are_drawn_stands_beside_negatives_and_positives():
    positives = torch.tensor([[[4], [7]], [[1], [0]]])
    batch = {"positive_labels": positives, "target_padding_mask": positives > 0}
    sampler = Numbered()
    output = SampledNegatives(sampler, logq=True)(batch)
    assert output["negative_logq"].tolist() == output["negative_labels"].tolist()
    assert output["positive_logq"].tolist() == positives.tolist()
    assert not {"negative_logq", "positive_logq"} & {*SampledNegatives(sampler)(batch)}


def test_a_sampler_that_cannot_tell_is_an_error_with_a_remedy():
    batch = {"positive_labels": torch.zeros(1, 1, 1, dtype=torch.int64)}
    with pytest.raises(ValueError, match=r"Constant cannot tell that; choose .*model\.loss\.logq"):
        SampledNegatives(Constant(), logq=True)(batch)
