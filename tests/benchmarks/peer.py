"""The reference's side of a row; an interpreter that has replay-rec runs this."""

import torch
from files import items_path, stream_path
from inputs import (
    evaluation_batches,
    generator,
    item_weights,
    plain_batches,
)
from measuring import comparable, evaluated, repeated, streamed, trained, work
from replay.data import FeatureHint, FeatureSource, FeatureType
from replay.data.nn import ParquetDataset, TensorFeatureInfo, TensorFeatureSource, TensorSchema
from replay.nn import loss as losses
from replay.nn.lightning import LightningModule
from replay.nn.lightning.callback import ComputeMetricsCallback, TorchTopItemsCallback
from replay.nn.lightning.optimizer import OptimizerFactory
from replay.nn.lightning.postprocessor import SeenItemsFilter
from replay.nn.sequential import SasRec, TwoTower
from replay.nn.sequential.twotower import FeaturesReader
from replay.nn.transform import UniformNegativeSamplingTransform
from rows import BLOCKS, DIM, DROPOUT, HEADS, NEGATIVES, SEED

METRICS = ["recall", "precision", "ndcg", "map", "mrr", "novelty", "coverage"]
CUTOFFS = [1, 5, 10, 20]
PARTITION = 800  # batches


def schema(row):
    item = TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        feature_sources=[TensorFeatureSource(FeatureSource.INTERACTIONS, "item_id")],
        cardinality=row.items,
        padding_value=row.items,
        embedding_dim=DIM,
    )
    return TensorSchema([item])


def model_of(row, folder, dropout):
    torch.manual_seed(SEED)
    sizes = {
        "embedding_dim": DIM,
        "num_heads": HEADS,
        "num_blocks": BLOCKS,
        "max_sequence_length": row.length,
        "dropout": dropout,
    }
    if row.model == "TwoTower":
        reader = FeaturesReader(schema(row), {"item_id": {}}, items_path(folder))
        model = TwoTower.from_params(schema(row), reader, **sizes)
    else:
        model = SasRec.from_params(schema(row), **sizes)
    needs_size = row.loss in ("LogInCE", "LogOutCE")
    model.loss = getattr(losses, row.loss)(**({"cardinality": row.items} if needs_size else {}))
    model.loss.logits_callback = model.get_logits
    perturb(model)
    torch.save(model.state_dict(), folder / "weights.pt")
    return model


def perturb(model):
    """Moves weights away from the start, where all items score nearly alike."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)


def loss_of(model, batch):
    with torch.no_grad():
        return float(model.train()(**batch)["loss"])


def train(row, folder):
    batches = plain_batches(row, row.peer_steps + 1)
    loss = loss_of(model_of(row, folder, 0.0), batches[0])
    model = model_of(row, folder, DROPOUT).train()
    optimizer = OptimizerFactory().create(model.parameters())
    while True:
        seconds = trained(model, optimizer, batches)
        yield {"figure": row.batch * row.peer_steps / seconds, "answers": [loss, loss]}


def predict(row, folder):
    batches = evaluation_batches(row, row.peer_steps + 1)
    module = LightningModule(model_of(row, folder, DROPOUT))
    while True:
        callback = TorchTopItemsCallback(10, [SeenItemsFilter(row.items)])
        seconds, _ = evaluated(module, batches, callback, "predict")
        scores = callback.get_result()[2][:64].flatten().tolist()
        yield {"figure": row.batch * row.peer_steps / seconds, "answers": scores}


def validate(row, folder):
    batches = evaluation_batches(row, row.peer_steps + 1)
    module = LightningModule(model_of(row, folder, DROPOUT))
    while True:
        seen = SeenItemsFilter(row.items)
        callback = ComputeMetricsCallback(METRICS, CUTOFFS, [seen], row.items)
        seconds, results = evaluated(module, batches, callback, "validate")
        yield {"figure": row.batch * row.peer_steps / seconds, "answers": comparable(results[0])}


def negatives(row, folder):
    weights = item_weights(row) if row.weighted else None
    draw = UniformNegativeSamplingTransform(
        row.items, NEGATIVES, sample_distribution=weights, generator=generator()
    )
    while True:
        seconds = repeated(lambda: draw({"query_id": torch.zeros(1)}), row.peer_steps)
        yield {"figure": 1 / seconds, "answers": []}


def parquet(row, folder):
    first = float(next(iter(stream_of(row, folder)))["item_id"].sum())
    while True:
        stream = stream_of(row, folder, generator() if row.nested else None)
        yield {"figure": streamed(stream, row.peer_steps), "answers": [first]}


def stream_of(row, folder, shuffle=None):
    shape = [row.length, 3] if row.nested else row.length
    return ParquetDataset(
        stream_path(folder),
        {"item_id": {"shape": shape, "padding": row.items}},
        partition_size=PARTITION * row.batch,
        batch_size=row.batch,
        generator=shuffle,
    )


if __name__ == "__main__":
    work({each.__name__: each for each in (train, predict, validate, negatives, parquet)})
