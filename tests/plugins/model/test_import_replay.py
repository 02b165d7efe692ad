"""Checkpoints of RePlay become bundles that score the same; what does not fit is named."""

import json
import re
import subprocess
import sys

import pytest
import torch
import typer
from seqrec_tool_import_replay.importing import import_checkpoint
from seqrec_tool_import_replay.names import renamed
from torch import nn
from typer.testing import CliRunner

from seqrec_core import Bundle
from seqrec_core.cli import app
from seqrec_core.errors import SeqrecError

V, L, D, HEADS = 15, 6, 8, 2


class Named(nn.Module):
    """A module with these parts, named as RePlay names them."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def feed_forward():
    return Named(conv1=nn.Conv1d(D, D, 1), conv2=nn.Conv1d(D, D, 1))


def theirs(blocks=2):
    """A SasRec of torch's own layers, whose state dict has RePlay's names."""
    torch.manual_seed(3)
    encoder = Named(
        attention_layers=nn.ModuleList(
            nn.MultiheadAttention(D, HEADS, batch_first=True) for _ in range(blocks)
        ),
        attention_layernorms=nn.ModuleList(nn.LayerNorm(D, eps=1e-8) for _ in range(blocks)),
        forward_layers=nn.ModuleList(feed_forward() for _ in range(blocks)),
        forward_layernorms=nn.ModuleList(nn.LayerNorm(D, eps=1e-8) for _ in range(blocks)),
    )
    table = Named(emb=nn.Embedding(V + 1, D, padding_idx=V))
    model = Named(
        body=Named(
            embedder=Named(feature_embedders=nn.ModuleDict({"item_id": table})),
            embedding_aggregator=Named(pe=nn.Embedding(L, D)),
            encoder=encoder,
            output_normalization=nn.LayerNorm(D),
        )
    )
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    return model


def scores(model, ids):
    """Their logits for sequences without padding; positions count from the left."""
    body, length = model.body, ids.size(1)
    weight = body.embedder.feature_embedders["item_id"].emb.weight
    x = weight[ids] * D**0.5 + body.embedding_aggregator.pe.weight[:length]
    future = torch.ones(length, length, dtype=torch.bool).triu(1)
    e = body.encoder
    for attention, norm, ff, ff_norm in zip(
        e.attention_layers,
        e.attention_layernorms,
        e.forward_layers,
        e.forward_layernorms,
        strict=True,
    ):
        query = norm(x)
        x = ff_norm(query + attention(query, x, x, attn_mask=future, need_weights=False)[0])
        x = x + ff.conv2(torch.relu(ff.conv1(x.mT))).mT
    return body.output_normalization(x)[:, -1] @ weight[:V].T


@pytest.fixture
def spec(tmp_path):
    def write(**changes):
        feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
        model = {
            "type": "sasrec",
            "embedding_dim": D,
            "num_heads": HEADS,
            "num_blocks": 2,
            "max_sequence_length": L,
        }
        data = {"schema": {"features": [feature]}, "model": model | changes}
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(data))
        return path

    return write


def saved(content, folder):
    path = folder / "model.ckpt"
    torch.save(content, path)
    return path


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


class Trap:
    """An object whose unpickling would leave a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_no_code_of_a_checkpoint_runs(spec, tmp_path):
    trace = tmp_path / "trace"
    content = {
        "state_dict": {f"model.{k}": v for k, v in theirs().state_dict().items()},
        "hyper_parameters": {"optimizer_factory": Trap(str(trace)), "other": typer.Typer()},
    }
    import_checkpoint(saved(content, tmp_path), spec(), tmp_path / "out", False)
    assert not trace.exists()


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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (torch.zeros(3), "holds a Tensor; a state dict is needed"),
        ({"epoch": 3}, "holds no weights; its keys are epoch"),
        (b"text", "cannot be read as a checkpoint"),
        (None, "cannot be read as a checkpoint"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(spec, tmp_path, content, words):
    path = tmp_path / "model.ckpt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(SeqrecError, match=words):
        import_checkpoint(path, spec(), tmp_path / "out", False)


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


NAMES = {
    "body.query_tower.encoder.attention_layers.0.in_proj_weight": (
        "body.query_tower.encoder.blocks.0.attention.in_projection.weight"
    ),
    "body.query_tower.embedding_aggregator.pe.weight": (
        "body.query_tower.embedding_aggregator.position_embeddings"
    ),
    "body.item_tower.encoder.sw2.WG.weight": (
        "body.item_tower.encoder.feed_forward2.gate_projection.weight"
    ),
    "body.item_tower.encoder.sw1.W2.bias": (
        "body.item_tower.encoder.feed_forward1.out_projection.bias"
    ),
    "body.item_tower.encoder.norm1.weight": "body.item_tower.encoder.norm1.weight",
    "body.item_tower.item_reference_genres": "body.item_tower.item_reference_genres",
    "body.encoder.layers.3.attn.W_q.weight": (
        "body.encoder.blocks.3.attention.query_projection.weight"
    ),
    "body.encoder.layers.3.attn.rms_scale": "body.encoder.blocks.3.attention.head_norm.weight",
    "body.encoder.layers.3.ff.W1.bias": "body.encoder.blocks.3.feed_forward.up_projection.bias",
    "body.encoder.layers.3.ff_norm.weight": "body.encoder.blocks.3.feed_forward_norm.weight",
    "body.embedding_aggregator.embedding_aggregator.feat_projection.bias": (
        "body.embedding_aggregator.embedding_aggregator.projection.bias"
    ),
    "loss._loss.weight": "loss.weight",
    "context_merger.model.weight": "context_merger.model.weight",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_part_are_known(name):
    ((ours, original, _),) = renamed({name: torch.zeros(2)})
    assert (ours, original) == (NAMES[name], name)


def test_the_vectors_of_differential_attention_become_one_parameter():
    attention = "model.body.encoder.layers.0.attn"
    vectors = {f"{attention}.lambda_{n}": torch.randn(2, 4) for n in ("k2", "q1", "k1", "q2")}
    scaling = {f"{attention}.scaling": torch.tensor(0.5)}
    ((ours, _, value),) = renamed(vectors | scaling)
    assert ours == "body.encoder.blocks.0.attention.lambdas"
    assert torch.equal(value[0, 1], vectors[f"{attention}.lambda_q2"])
    assert torch.equal(value[1, 0], vectors[f"{attention}.lambda_k1"])


def test_the_command_writes_a_bundle(spec, tmp_path):
    path = saved(theirs().state_dict(), tmp_path)
    arguments = ["import-replay", str(path), "--spec", str(spec()), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert re.search(r"imported\. A checkpoint does not record", result.output.replace("\n", " "))
    assert Bundle.load(tmp_path / "out").model


def test_the_command_module_does_not_import_torch():
    code = "import sys, seqrec_tool_import_replay.commands; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
