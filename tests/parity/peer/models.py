"""Whole models: logits, candidates, hidden states, losses and gradients of every weight."""

import numpy as np
import pandas as pd
import torch
from losses import labels
from recording import case, gradients_of, perturb, plain
from replay.nn import loss as losses
from replay.nn.agg import ConcatAggregator
from replay.nn.embedding import SequenceEmbedding
from replay.nn.mask import DefaultAttentionMask
from replay.nn.sequential import (
    DiffTransformerLayer,
    PositionAwareAggregator,
    SasRec,
    SasRecBody,
    TwoTower,
)
from replay.nn.sequential.twotower import FeaturesReader
from schemas import DIM, ITEMS, PLAIN, RICH, features, padding_mask, schema

LONGEST = 6
SIZES = {
    "embedding_dim": DIM,
    "num_heads": 2,
    "num_blocks": 2,
    "max_sequence_length": LONGEST,
    "dropout": 0.0,
}
METADATA = {
    "item_id": {},
    "genres": {"shape": 4, "padding": 6},
    "price": {},
    "vector": {"shape": 3, "padding": 0},
    "ready": {"shape": DIM, "padding": 0},
}
LOSSES = (
    ("CE", {}, 1, None),
    ("CESampled", {}, 2, (7,)),
    ("CESampled", {}, 1, "user"),
    ("LogInCESampled", {}, 3, "position"),
    ("LogOutCE", {"cardinality": ITEMS}, 3, None),
    ("LogInCE", {"cardinality": ITEMS}, 2, None),
    ("BCE", {}, 1, None),
)


def cases(folder):
    torch.manual_seed(0)
    path = str(folder / "items.parquet")
    write_items(path)
    for seed in range(2):
        for descriptions in (PLAIN, RICH):
            for length in (LONGEST, LONGEST - 2):
                torch.manual_seed(seed)
                label = f"seed {seed}, {len(descriptions)} features, L={length}"
                batch = batch_of(descriptions, length)
                settings = {"schema": descriptions, "params": SIZES}
                model = SasRec.from_params(schema(descriptions), **SIZES)
                yield from model_cases("SasRec", label, model, batch, settings)
                names = [each["name"] for each in descriptions]
                reader = FeaturesReader(
                    schema(descriptions), {name: METADATA[name] for name in names}, path
                )
                model = TwoTower.from_params(schema(descriptions), reader, **SIZES)
                yield from model_cases("TwoTower", label, model, batch, settings)
                model.context_merger = Merger()
                yield from model_cases("TwoTower", label, model, batch, {**settings, "merger": 1})
        torch.manual_seed(seed)
        model = differential()
        settings = {"schema": RICH, "differential": 1}
        yield from model_cases("SasRec", f"seed {seed}, diff", model, batch, settings)
    reader = FeaturesReader(schema(RICH), METADATA, path)
    tensors = {name: reader[name] for name in METADATA}
    yield case("FeaturesReader", "", schema=RICH, metadata=METADATA, tensors=tensors)


class Merger(torch.nn.Module):
    def forward(self, model_hidden_state, feature_tensors):
        return 2 * model_hidden_state + feature_tensors["item_id"][..., None] / ITEMS


def differential():
    described = schema(RICH)
    joined = ConcatAggregator([DIM] * len(RICH), DIM)
    body = SasRecBody(
        SequenceEmbedding(described),
        PositionAwareAggregator(joined, LONGEST, 0.0),
        DefaultAttentionMask("item_id", 2),
        DiffTransformerLayer(DIM, 2, 2),
        torch.nn.RMSNorm(DIM),
    )
    return SasRec(body, losses.CE())


def write_items(path):
    """Rows out of order, lists of every length up to their shape."""
    generator = np.random.default_rng(0)

    def lists(width, draw):
        return [draw(size) for size in generator.integers(0, width + 1, ITEMS)]

    frame = pd.DataFrame(
        {
            "item_id": generator.permutation(ITEMS),
            "genres": lists(4, lambda size: generator.integers(0, 6, size)),
            "price": generator.normal(size=ITEMS).astype("float32"),
            "vector": lists(3, lambda size: generator.normal(size=size).astype("float32")),
            "ready": list(generator.normal(size=(ITEMS, DIM)).astype("float32")),
        }
    )
    frame.to_parquet(path)


def batch_of(descriptions, length):
    mask = padding_mask(4, length)
    return {"feature_tensors": features(descriptions, mask), "padding_mask": mask}


def model_cases(component, label, model, batch, settings):
    perturb(model)
    model.eval()
    # the encoder of the reference differs from itself in the hidden states of padding
    real = batch["padding_mask"]
    content = {"settings": settings, "batch": batch, "weights": model.state_dict()}
    some = torch.randperm(ITEMS)[:5]
    own = torch.stack([torch.randperm(ITEMS)[:5] for _ in range(len(real))])
    with torch.no_grad():
        found = model(**batch)
        outputs = {
            "logits": found["logits"],
            "some": model(**batch, candidates_to_score=some)["logits"],
            "own": model(**batch, candidates_to_score=own)["logits"],
            "hidden": found["hidden_states"][-1][real],
        }
        if component == "TwoTower":
            outputs["items"] = model.body.item_tower()
    candidates = {"some": some, "own": own}
    yield case(component, f"{label}, eval", **content, outputs=outputs, candidates=candidates)
    model.train()
    for name, arguments, positives, negatives in LOSSES:
        model.loss = getattr(losses, name)(**arguments)
        model.loss.logits_callback = model.get_logits
        given = {**batch, **targets(real, positives, negatives)}
        model.zero_grad()
        found = model(**plain(given))
        found["loss"].backward()
        yield case(
            component,
            f"{label}, {name}",
            **{**content, "batch": given},
            loss={"name": name, "settings": arguments},
            output=found["loss"],
            hidden=found["hidden_states"][-1][real],
            gradients=gradients_of(model),
        )


def targets(real, positives, negatives):
    """Targets at real positions only: the reference masks every key of the others."""
    users, length = real.shape
    made = labels(users, length, positives)
    negatives = {"user": (users, 5), "position": (users, length, 3)}.get(negatives, negatives)
    return {
        "positive_labels": made["positive_labels"],
        "target_padding_mask": made["target_padding_mask"] & real[:, :, None],
        "negative_labels": None if negatives is None else torch.randint(ITEMS, negatives),
    }
