"""The numbers, against formulas of their own."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from acme_bert.both_ways import BothWays
from acme_bert.gaps import Gaps
from seqrec_core import build, resolve
from seqrec_core.session import load
from seqrec_datamodule_parquet.parquet_module import ParquetModule

V = 30
SCHEMA = {
    "features": [{"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}]
}
SIZES = {"embedding_dim": 8, "num_blocks": 1, "max_sequence_length": 6, "dropout": 0.0}


@pytest.fixture
def model():
    raw = {"schema": SCHEMA, "model": {"type": "acme-bert:bert", **SIZES}}
    return build(resolve(load(raw)))


def test_all_real_events_are_seen_and_padding_sees_itself():
    mask = BothWays()({}, torch.tensor([[False, False, True, True]]))[0, 0]
    seen = [[1, 0, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]]
    assert (mask == 0).int().tolist() == seen


def test_a_share_of_the_real_events_is_hidden():
    items, real = torch.arange(40_000).view(400, 100), torch.rand(400, 100) < 0.5
    batch = {"item_id": items, "padding_mask": real}
    gaps = Gaps("item_id", "padding_mask", 0.2, torch.Generator().manual_seed(0))
    first, second = (gaps(batch)["target_padding_mask"][..., 0] for _ in range(2))
    assert not (first & ~real).any()
    assert float(first.sum() / real.sum()) == pytest.approx(0.2, abs=0.01)
    assert float((first & second).sum() / real.sum()) == pytest.approx(0.04, abs=0.01)


def test_what_is_hidden_is_not_read_and_what_stands_behind_is(model):
    real, labels = torch.ones(1, 4, dtype=torch.bool), torch.tensor([[3, 4, 5, 6]])
    mask = torch.tensor([[False, True, False, False]])

    def loss(items):
        features = {"item_id": torch.tensor([items])}
        given = {"positive_labels": labels[..., None], "target_padding_mask": mask[..., None]}
        return model.train()(features, real, **given)["loss"].item()

    assert loss([3, 4, 5, 6]) == loss([3, 9, 5, 6])
    assert loss([3, 4, 5, 6]) != loss([3, 4, 5, 7])


def test_evaluation_asks_for_an_event_behind_the_last_as_training_would(model):
    seen, real = torch.tensor([[30, 3, 4, 5]]), torch.tensor([[False, True, True, True]])
    logits = model.eval()({"item_id": seen}, real)["logits"]
    longer, is_real = torch.tensor([[3, 4, 5, 0]]), torch.ones(1, 4, dtype=torch.bool)
    hidden = torch.tensor([[False, False, False, True]])
    with torch.no_grad():
        states = model.states({"item_id": longer}, is_real, hidden)
    table = model.embedder.get_item_weights()
    torch.testing.assert_close(logits, states[:, -1] @ table.T)
    assert logits.shape == (1, V)


@pytest.mark.parametrize(("loss", "steps"), [("ce", 0), ("ce_sampled", 1)])
def test_negatives_are_drawn_behind_the_hidden_events_where_the_loss_needs_them(loss, steps):
    raw = {"schema": SCHEMA, "data": {"type": "parquet"}, "model": {"type": "acme-bert:bert"}}
    recipe = resolve(load({**raw, "model": {**raw["model"], **SIZES, "loss": {"type": loss}}}))
    names = tuple(type(step).__name__ for step in recipe.data.transforms["train"])
    assert names[:3] == ("RenameSpec", "GapsSpec", "GroupSpec")
    assert len(names[3:]) == steps
    assert (recipe.model.negatives is not None) == bool(steps)


def test_a_full_history_loses_its_oldest_event(model):
    real = torch.ones(1, 6, dtype=torch.bool)
    one, other = torch.tensor([[1, 2, 3, 4, 5, 6]]), torch.tensor([[9, 2, 3, 4, 5, 6]])
    model.eval()
    logits = [model({"item_id": items}, real)["logits"] for items in (one, other)]
    torch.testing.assert_close(*logits)


def test_loss_weights_of_batches_of_similar_length_have_the_mean_one(tmp_path):
    lists = [[event % V for event in range(user, user + 1 + user % 20)] for user in range(400)]
    table = pa.table({"item_id": pa.array(lists, pa.large_list(pa.int64()))})
    pq.write_table(table, tmp_path / "train.parquet")

    def rename(batch):
        return {**batch, "padding_mask": batch["item_id_mask"]}

    gaps = Gaps("item_id", "padding_mask", 0.2, torch.Generator().manual_seed(0))
    data = ParquetModule(
        16,
        {"train": {"item_id": {"shape": 20, "padding": V}}},
        {"train": [rename, gaps]},
        train_path=tmp_path / "train.parquet",
        group_by_length=True,
    )
    batches = [data.transform("train", raw) for _ in range(20) for raw in data.loaders("train")[0]]
    weights = torch.stack([batch["loss_weight"] for batch in batches])
    targets = torch.stack([batch["target_padding_mask"].sum() for batch in batches])
    assert weights.mean().item() == pytest.approx(1, abs=0.02)
    torch.testing.assert_close(weights / weights.sum(), targets / targets.sum())
