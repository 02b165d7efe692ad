"""Whole models with copied weights: every output, the loss and the gradient of every weight."""

import warnings

import torch
from comparison import FORWARD, LOSS, absolute, relative, same_gradients
from descriptions import schema
from seqrec_aggregator_position.position import PositionAwareAggregator
from seqrec_aggregator_standard.concat import ConcatAggregator
from seqrec_embedder_sequence.sequence import SequenceEmbedding
from seqrec_encoder_diff.transformer import DiffTransformerLayer
from seqrec_loss_ce.ce import CE
from seqrec_mask_causal.causal import DefaultAttentionMask
from seqrec_model_sasrec.body import SasRecBody
from seqrec_model_sasrec.sasrec import SasRec
from seqrec_model_two_tower.two_tower import TwoTower
from seqrec_reader_features.features_reader import FeaturesReader
from test_losses import OURS as LOSSES
from translation import load, translate


class Merger(torch.nn.Module):
    def forward(self, model_hidden_state, feature_tensors):
        return 2 * model_hidden_state + feature_tensors["item_id"][..., None] / 23


def differential(described):
    joined = ConcatAggregator([8] * len(described.names), 8)
    body = SasRecBody(
        SequenceEmbedding(described, init="reference"),
        PositionAwareAggregator(joined, 6, 0.0, alignment="left"),
        DefaultAttentionMask("item_id", 2),
        DiffTransformerLayer(8, 2, 2),
        torch.nn.RMSNorm(8),
    )
    return SasRec(body, CE())


def model_of(case, folder):
    settings = case["settings"]
    described = schema(settings["schema"])
    if "differential" in settings:
        return load(differential(described), case["weights"])
    if case["component"] == "SasRec":
        model = SasRec.from_params(described, **settings["params"], init="reference")
        aggregator = model.body.embedding_aggregator
    else:
        reader = FeaturesReader(described, None, str(folder / "items.parquet"))
        model = TwoTower.from_params(described, reader, **settings["params"], init="reference")
        aggregator = model.body.query_tower.embedding_aggregator
        if "merger" in settings:
            model.context_merger = Merger()
    aggregator.alignment = "left"
    return load(model, case["weights"])


def names_of(component):
    """The reference's classes that this model is made of, and that are measured with it."""
    if component == "SasRec":
        return "SasRec", "SasRecBody"
    return "TwoTower", "TwoTowerBody", "QueryTower", "ItemTower"


def test_a_model_is_the_model_of_the_reference(case, folder, record):
    component = case["component"]
    if component == "FeaturesReader":
        return same_features(case, folder, record)
    model = model_of(case, folder)
    compare = same_training if "loss" in case else same_scores

    def note(quantity, error):
        for name in names_of(component):
            record(name, quantity, error)

    return compare(model, case, note)


def same_scores(model, case, note):
    model.eval()
    batch, expected, candidates = case["batch"], case["outputs"], case["candidates"]
    with torch.no_grad():
        found = model(**batch)
        ours = {
            "logits": found["logits"],
            "hidden": found["hidden_states"][-1][batch["padding_mask"]],
        }
        for name, ids in candidates.items():
            ours[name] = model(**batch, candidates_to_score=ids)["logits"]
        if "items" in expected:
            ours["items"] = model.body.item_tower()
        last = model(**batch, output_hidden_states="none")["logits"]
        states = found["hidden_states"][-1][:, -1]
        again = model.get_logits(states)
    assert ours.keys() == expected.keys()
    for name, value in (*ours.items(), ("logits", last), ("logits", again)):
        error = absolute(value, expected[name])
        note("forward", error)
        assert error <= FORWARD, name


def same_training(model, case, note):
    model.train().zero_grad()
    model.loss = LOSSES[case["loss"]["name"]](**case["loss"]["settings"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = model(**case["batch"])
    error = absolute(found["hidden_states"][-1][case["batch"]["padding_mask"]], case["hidden"])
    note("forward", error)
    assert error <= FORWARD
    error = relative(found["loss"], case["output"])
    note("loss", error)
    assert error <= LOSS
    found["loss"].backward()
    ours = {name: each.grad for name, each in model.named_parameters()}
    same_gradients(
        ours, translate(case["gradients"]), lambda _, *error: note(*error), case["component"]
    )


def same_features(case, folder, record):
    path = str(folder / "items.parquet")
    for metadata in (case["metadata"], None):
        reader = FeaturesReader(schema(case["schema"]), metadata, path)
        assert set(reader.feature_names) == set(case["tensors"])
        for name, tensor in case["tensors"].items():
            assert reader[name].dtype == tensor.dtype
            record("FeaturesReader", "forward", absolute(reader[name], tensor))
            assert torch.equal(reader[name], tensor)
