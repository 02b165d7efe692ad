"""Our side of a row, with the parts that `seqrec fit` and `seqrec predict` use."""

import time

import torch
from files import items_path, stream_path
from inputs import (
    cut,
    generator,
    grouped_batches,
    grouped_evaluation_batches,
    item_weights,
    lengths,
    plain_batches,
    pool,
)
from measuring import comparable, evaluated, megabytes, repeated, streamed, trained, work
from rows import BLOCKS, DIM, DROPOUT, HEADS, NEGATIVES, SEED
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback
from seqrec_callback_top_items.tensors import TorchTopItemsCallback
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_loss_bce.bce import BCE
from seqrec_loss_ce.ce import CE, CESampled
from seqrec_loss_login.login import LogInCE
from seqrec_loss_logout.logout import LogOutCE
from seqrec_model_sasrec.sasrec import SasRec
from seqrec_model_two_tower.two_tower import TwoTower
from seqrec_optimizer_standard.adam import AdamFactory
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter
from seqrec_reader_features.features_reader import FeaturesReader
from seqrec_tool_import_replay.names import renamed
from seqrec_trainer_lightning.lightning_module import LightningModule
from seqrec_transform_negatives.uniform import UniformNegativeSamplingTransform

from seqrec_core import build, load
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

METRICS = ("recall", "precision", "ndcg", "map", "mrr", "novelty", "coverage")
CUTOFFS = (1, 5, 10, 20)
CHUNK = 128
COLUMNS = 8192
LOSSES = {
    "CE": lambda items: CE(),
    "CESampled": lambda items: CESampled(),
    "BCE": lambda items: BCE(),
    "LogInCE": LogInCE,
    "LogOutCE": LogOutCE,
}


def schema(row):
    item = TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=row.items,
        embedding_dim=DIM,
    )
    return TensorSchema([item])


def sizes(row, dropout):
    return {
        "embedding_dim": DIM,
        "num_heads": HEADS,
        "num_blocks": BLOCKS,
        "max_sequence_length": row.length,
        "dropout": dropout,
    }


def spec(row, dropout):
    feature = {"name": "item_id", "type": "categorical", "is_seq": True, "hint": "item_id"}
    settings = {**sizes(row, dropout), "embedder": {"type": "sequence", "sparse": row.sparse}}
    return {
        "seqrec": 2,
        "schema": {"features": [{**feature, "cardinality": row.items}]},
        "model": {"type": "sasrec", **settings},
    }


def model_of(row, folder, dropout):
    """The model, with the reference's weights where it has some."""
    if row.model == "TwoTower":
        reader = FeaturesReader(schema(row), {"item_id": {}}, items_path(folder))
        model = TwoTower.from_params(schema(row), reader, **sizes(row, dropout))
    else:
        model = build(load(spec(row, dropout)))
    model.loss = LOSSES[row.loss](row.items)
    model.output_hidden_states = "none"
    if row.has_peer:
        weights = torch.load(folder / "weights.pt", weights_only=True)
        model.load_state_dict({name: value for name, _, value in renamed(weights)})
    return model


def loss_of(model, batch):
    with torch.no_grad():
        return float(model.train()(**batch)["loss"])


def losses_of(model, batch):
    """The loss of a batch, and the same from its users in four groups of similar length."""
    real = batch["padding_mask"].sum(1)
    parts = []
    for users in real.argsort().chunk(4):
        length = min(batch["padding_mask"].shape[1], int(real[users].max()) + 1)
        loss = loss_of(model, cut(batch, users, length))
        parts.append(loss * float(real[users].sum() / real.sum()))
    return [loss_of(model, batch), sum(parts)]


def train(row, folder):
    answers = []
    if row.has_peer:
        answers = losses_of(model_of(row, folder, 0.0), plain_batches(row, 1)[0])
    torch.manual_seed(SEED)
    model = model_of(row, folder, DROPOUT).train()
    batches = weighed(row, grouped_batches(row, row.our_steps))
    warm = [*batches[-1:], *batches]  # the longest batch, which does not count
    optimizer = AdamFactory().create(model.parameters())
    result = {"answers": answers, "real": pool(row)[1]}
    while True:
        seconds = trained(model, optimizer, warm)
        figure = megabytes() if row.unit == "MB" else row.batch * row.our_steps / seconds
        yield {**result, "figure": figure}
        if "Sampled" not in row.loss and row.has_peer:
            result["products"] = sum(map(products_of(row), batches)) / seconds


def weighed(row, batches):
    """Batches with the weight that grouping gives them: their targets over the mean."""
    mean = float(pool(row)[0].double().mean()) * row.batch
    return [{**each, "loss_weight": each["target_padding_mask"].sum() / mean} for each in batches]


def products_of(row):
    """Seconds that a full catalogue's three matrix products take for a batch, and nothing else."""
    table, gradient = torch.rand(row.items, DIM), torch.zeros(row.items, DIM)
    logits = torch.empty(CHUNK, row.items)

    def seconds(batch):
        hidden = torch.rand(int(batch["target_padding_mask"].sum()), DIM)
        back = torch.empty_like(hidden)
        start = time.perf_counter()
        for part, out in zip(hidden.split(CHUNK), back.split(CHUNK), strict=True):
            products = torch.mm(part, table.T, out=logits[: len(part)])
            torch.mm(products, table, out=out)
            gradient.addmm_(products.T, part)
        return time.perf_counter() - start

    return seconds


def predict(row, folder):
    batches = grouped_evaluation_batches(row, row.peer_steps + 1)
    module = LightningModule(model_of(row, folder, DROPOUT))
    while True:
        callback = TorchTopItemsCallback(10, [SeenItemsFilter(row.items)])
        seconds, _ = evaluated(module, batches, callback, "predict")
        users, _, scores = callback.get_result()
        answers = scores[users.argsort()][:64].flatten().tolist()
        yield evaluation(row, seconds, answers, module.model, batches)


def validate(row, folder):
    batches = grouped_evaluation_batches(row, row.peer_steps + 1)
    module = LightningModule(model_of(row, folder, DROPOUT))
    while True:
        seen = SeenItemsFilter(row.items)
        callback = ComputeMetricsCallback(METRICS, CUTOFFS, [seen], row.items)
        seconds, results = evaluated(module, batches, callback, "validate")
        yield evaluation(row, seconds, comparable(results[0]), module.model, batches)


def evaluation(row, seconds, answers, model, batches):
    """Users a second; the share of the positions, as they come, that are no padding; and of what
    the time consists: the encoder, and the product of hidden states and item table."""
    users = row.batch * row.peer_steps
    result = {"figure": users / seconds, "answers": answers}
    result["real"] = float(lengths(row, users + row.batch).double().mean()) / row.length
    table = model.eval().scorer().item_weights().detach()
    logits = torch.empty(row.batch, COLUMNS)
    encoder, products = 0.0, 0.0
    with torch.inference_mode():
        for batch in batches[1:]:
            start = time.perf_counter()
            hidden = model.last_hidden_state(batch["feature_tensors"], batch["padding_mask"])
            middle = time.perf_counter()
            for items in table.split(COLUMNS):
                torch.mm(hidden, items.T, out=logits[:, : len(items)])
            encoder += middle - start
            products += time.perf_counter() - middle
    return {**result, "encoder": encoder / seconds, "products": products / seconds}


def negatives(row, folder):
    weights = item_weights(row) if row.weighted else None
    draw = UniformNegativeSamplingTransform(
        row.items, NEGATIVES, sample_distribution=weights, generator=generator()
    )
    while True:
        seconds = repeated(lambda: draw({"query_id": torch.zeros(1)}), row.our_steps)
        yield {"figure": 1 / seconds, "answers": []}


def parquet(row, folder):
    first = float(next(iter(stream_of(row, folder)))["item_id"].sum())
    real = pool(row)[1]
    while True:
        stream = stream_of(row, folder, generator() if row.nested else None)
        yield {"figure": streamed(stream, row.our_steps), "answers": [first], "real": real}


def stream_of(row, folder, shuffle=None):
    shape = [row.length, 3] if row.nested else row.length
    return ParquetDataset(
        stream_path(folder),
        {"item_id": {"shape": shape, "padding": row.items}},
        batch_size=row.batch,
        generator=shuffle,
    )


def build_spec(row, folder):
    """Milliseconds from the data of a spec to a model, less those of the constructors."""
    settings = sizes(row, DROPOUT)
    while True:
        plain = repeated(lambda: SasRec.from_params(schema(row), **settings), row.our_steps)
        built = repeated(lambda: build(load(spec(row, DROPOUT))), row.our_steps)
        yield {"figure": 1000 * (built - plain), "answers": []}


if __name__ == "__main__":
    sides = {each.__name__: each for each in (train, predict, validate, negatives, parquet)}
    work({**sides, "build": build_spec})
