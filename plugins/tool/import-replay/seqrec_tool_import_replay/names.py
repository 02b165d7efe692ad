"""Where each weight of RePlay stands in a model of seqrec."""

import re
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

__all__ = ["renamed"]

_RENAMED = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # wrappers: Lightning, torch.compile, the loss
        (r"^(?:model\.|_orig_mod\.)+", ""),
        (r"^loss\._loss\.", "loss."),
        # aggregators
        (r"\.pe\.weight$", ".position_embeddings"),
        (r"\.feat_projection\.", ".projection."),
        # SasRecTransformerLayer
        (r"\.attention_layers\.(\d+)\.in_proj_", r".blocks.\1.attention.in_projection."),
        (r"\.attention_layers\.(\d+)\.out_proj\.", r".blocks.\1.attention.out_projection."),
        (r"\.attention_layernorms\.(\d+)\.", r".blocks.\1.attention_norm."),
        (r"\.forward_layers\.(\d+)\.conv(\d)\.", r".blocks.\1.feed_forward.linear\2."),
        (r"\.forward_layernorms\.(\d+)\.", r".blocks.\1.feed_forward_norm."),
        # DiffTransformerLayer
        (r"\.layers\.(\d+)\.attn\.", r".blocks.\1.attention."),
        (r"\.layers\.(\d+)\.attn_norm\.", r".blocks.\1.attention_norm."),
        (r"\.layers\.(\d+)\.ff\.", r".blocks.\1.feed_forward."),
        (r"\.layers\.(\d+)\.ff_norm\.", r".blocks.\1.feed_forward_norm."),
        (r"\.W_q\.", ".query_projection."),
        (r"\.W_k\.", ".key_projection."),
        (r"\.W_v\.", ".value_projection."),
        (r"\.W_o\.", ".out_projection."),
        (r"\.rms_scale$", ".head_norm.weight"),
        # SwiGLU
        (r"\.sw(\d)\.", r".feed_forward\1."),
        (r"\.WG\.", ".gate_projection."),
        (r"\.W1\.", ".up_projection."),
        (r"\.W2\.", ".out_projection."),
    )
]
_CONVOLUTION = re.compile(r"\.forward_layers\.\d+\.conv\d\.weight$")
_CONSTANT = re.compile(r"\.attn\.scaling$")
_LAMBDA = re.compile(r"\.lambda_(q1|q2|k1|k2)$")


def renamed(weights: Mapping[str, Tensor]) -> Iterator[tuple[str, str, Tensor]]:
    """Triples: our name of a weight, its name in the checkpoint, and its value in our shape."""
    for name, value in weights.items():
        if _CONSTANT.search(name) or (_LAMBDA.search(name) and not name.endswith("q1")):
            continue
        ours = name
        for pattern, replacement in _RENAMED:
            ours = pattern.sub(replacement, ours)
        if _CONVOLUTION.search(name):
            value = value.squeeze(-1)  # a convolution of width 1 is a linear map
        if _LAMBDA.search(name):
            ours, value = _lambdas(name, ours, weights)
        yield ours, name, value


def _lambdas(name: str, ours: str, weights: Mapping[str, Tensor]) -> tuple[str, Tensor]:
    """The four vectors of a differential attention, (query or key, first or second, H, D/H)."""
    vectors = [weights[_LAMBDA.sub(f".lambda_{which}", name)] for which in ("q1", "q2", "k1", "k2")]
    return _LAMBDA.sub(".lambdas", ours), torch.stack(vectors).unflatten(0, (2, 2))
