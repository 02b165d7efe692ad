"""Bundles with as many items as one likes, for tests of what finds the best of them."""

import json

import pyarrow as pa
import torch
from seqrec_tool_conformance.folder import data_folder

from seqrec_core.build import Runtime, build_model
from seqrec_core.bundle import Bundle
from seqrec_core.session import load_resolved

__all__ = ["item_table", "large"]

DIM = 16


def item_table(items, dim=DIM, *, clustered=False, seed=0):
    """Item weights (V, D): all alike, or around one centre for 100 items, of unequal lengths."""
    draw = torch.Generator().manual_seed(seed)
    table = torch.randn(items, dim, generator=draw)
    if not clustered:
        return table
    centres = torch.randn(items // 100, dim, generator=draw)
    near = torch.randint(len(centres), (items,), generator=draw)
    lengths = torch.empty(items, 1).log_normal_(0, 0.3, generator=draw)
    return (centres[near] + 0.5 * table) * lengths


def large(folder, items=20_000, *, data=True, table=None, filters=None, **model):
    """Path of a bundle with this many items, named "item 0" and so on, and an untrained encoder."""
    schema = json.loads((data_folder() / "schema.json").read_text())
    features = [feature for feature in schema["features"] if feature["hint"]]
    for feature in features:
        if feature["hint"] == "item_id":
            feature |= {"cardinality": items, "padding_value": items}
    spec = {
        "schema": {"features": features},
        "model": {"type": "sasrec", "embedding_dim": DIM, "num_heads": 2, **model},
        "data": {"type": "parquet", "folder": str(data_folder() if data else folder / "no data")},
        "trainer": {"type": "lightning"},
    }
    if filters is not None:
        spec["postprocessors"] = filters
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    recipe = load_resolved(path).recipe
    runtime = Runtime.of(recipe)
    model = build_model(recipe, runtime)
    with torch.no_grad():
        weights = model.scorer().item_weights()
        weights.copy_(item_table(items, weights.shape[1]) if table is None else table)
    named = pa.table({"item": [f"item {number}" for number in range(items)]})
    return Bundle.write(folder / "run", model, recipe, {}, named).path
