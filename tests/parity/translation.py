"""Names and layouts of the reference's weights in ours."""

import re

import torch

RENAMES = (
    (r"attention_layers\.(\d+)\.in_proj_", r"blocks.\1.attention.in_projection."),
    (r"attention_layers\.(\d+)\.out_proj\.", r"blocks.\1.attention.out_projection."),
    (r"attention_layernorms\.(\d+)\.", r"blocks.\1.attention_norm."),
    (r"forward_layernorms\.(\d+)\.", r"blocks.\1.feed_forward_norm."),
    (r"forward_layers\.(\d+)\.", r"blocks.\1.feed_forward."),
    (r"\bconv(\d)\.", r"linear\1."),
    (r"\blayers\.(\d+)\.", r"blocks.\1."),
    (r"\battn\.", "attention."),
    (r"\battn_norm\.", "attention_norm."),
    (r"\bff\.", "feed_forward."),
    (r"\bff_norm\.", "feed_forward_norm."),
    (r"\bW_q\.", "query_projection."),
    (r"\bW_k\.", "key_projection."),
    (r"\bW_v\.", "value_projection."),
    (r"\bW_o\.", "out_projection."),
    (r"\bWG\.", "gate_projection."),
    (r"\bW1\.", "up_projection."),
    (r"\bW2\.", "out_projection."),
    (r"\bsw(\d)\.", r"feed_forward\1."),
    (r"\brms_scale$", "head_norm.weight"),
    (r"\bpe\.weight$", "position_embeddings"),
    (r"\bfeat_projection\.", "projection."),
)


def translate(reference):
    """A state dict of the reference, or the gradients of one, as ours."""
    ours, lambdas = {}, {}
    for name, value in reference.items():
        if name.endswith("scaling"):
            continue
        if found := re.fullmatch(r"(.*)lambda_([qk])([12])", name):
            prefix = translated(found[1])
            lambdas.setdefault(f"{prefix}lambdas", {})[found[2] + found[3]] = value
            continue
        if re.search(r"conv\d\.weight$", name):
            value = value.squeeze(-1)
        ours[translated(name)] = value
    for name, halves in lambdas.items():
        stacked = [torch.stack([halves[f"{side}1"], halves[f"{side}2"]]) for side in "qk"]
        ours[name] = torch.stack(stacked)
    return ours


def translated(name):
    for pattern, replacement in RENAMES:
        name = re.sub(pattern, replacement, name)
    return name


def load(module, weights):
    """Copies weights of the reference; only numbers that are their own embedding have none here."""
    result = module.load_state_dict(translate(weights), strict=False)
    assert not result.missing_keys
    assert all(re.search(r"\.?linear\.(weight|bias)$", name) for name in result.unexpected_keys)
    return module
