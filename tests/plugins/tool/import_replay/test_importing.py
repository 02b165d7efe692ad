"""Checkpoints of RePlay become bundles that score the same; what does not fit is named."""

import json

import pytest
import torch
from replay_sasrec import D, L, V, saved, scores, theirs
from seqrec_tool_import_replay.importing import import_checkpoint

from seqrec_core import Bundle
from seqrec_core.errors import SeqrecError


@pytest.mark.parametrize("length", [L, 4])
@pytest.mark.parametrize("wrapped", ["{}", "model.{}", "model._orig_mod.{}"])
def test_an_imported_model_scores_the_same(spec, tmp_path, length, wrapped):
    model = theirs()
    state = {wrapped.format(name): value for name, value in model.state_dict().items()}
    import_checkpoint(saved({"state_dict": state}, tmp_path), spec(), tmp_path / "out", False)
    ids = torch.randint(0, V, (3, length), generator=torch.Generator().manual_seed(0))
    mine = Bundle.load(tmp_path / "out").model
    assert not mine.training
    logits = mine({"item_id": ids}, torch.ones_like(ids, dtype=torch.bool))["logits"]
    torch.testing.assert_close(logits, scores(model, ids))


@pytest.mark.parametrize(("full_length", "side"), [(False, "left"), (True, "right")])
def test_the_bundle_says_from_which_side_positions_count(spec, tmp_path, full_length, side):
    path = saved(theirs().state_dict(), tmp_path)
    bundle = import_checkpoint(path, spec(), tmp_path / "out", full_length)
    assert bundle.recipe.model.aggregator.alignment == side
    lock = json.loads((tmp_path / "out" / "spec.lock.json").read_text())
    assert lock["model"]["aggregator"]["alignment"] == side


def test_every_weight_that_does_not_fit_is_named(spec, tmp_path):
    state = theirs().state_dict()
    state["body.extra.weight"] = torch.zeros(2)
    state["body.embedding_aggregator.pe.weight"] = torch.zeros(L + 1, D)
    del state["body.encoder.forward_layers.1.conv2.bias"]
    with pytest.raises(SeqrecError) as raised:
        import_checkpoint(saved(state, tmp_path), spec(), tmp_path / "out", False)
    message = str(raised.value)
    assert "body.extra.weight has no place" in message
    assert "body.embedding_aggregator.pe.weight has the shape (7, 8), in the spec's" in message
    assert "body.encoder.blocks.1.feed_forward.linear2.bias is missing" in message
    assert message.count("\n") == 3
    assert not (tmp_path / "out").exists()


def test_a_numerical_feature_of_equal_sizes_has_a_map_that_is_left_out(spec, tmp_path):
    path = spec()
    data = json.loads(path.read_text())
    image = {"name": "image", "type": "numerical_list", "tensor_dim": D}
    data["schema"]["features"].append(image)
    path.write_text(json.dumps(data))
    state = theirs().state_dict()
    state["body.embedder.feature_embedders.image.linear.weight"] = torch.eye(D)
    state["body.embedder.feature_embedders.image.linear.bias"] = torch.zeros(D)
    assert import_checkpoint(saved(state, tmp_path), path, tmp_path / "out", False).model


def test_features_are_embedded_as_replay_does(spec, tmp_path):
    path = saved(theirs().state_dict(), tmp_path)
    bundle = import_checkpoint(path, spec(), tmp_path / "out", False)
    assert bundle.recipe.model.embedder.init == "reference"
