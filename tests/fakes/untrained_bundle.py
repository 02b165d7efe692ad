"""Bundles of untrained models, for tests of what serves them."""

import json

from seqrec_tool_conformance.folder import data_folder

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.session import load_resolved
from seqrec_core.vocabulary import read_table

__all__ = ["named", "written"]

SMALL = {"embedding_dim": 8, "num_heads": 2, "max_sequence_length": 4}


def written(folder, model="sasrec", schema=None, **settings):
    """Path of a bundle in a folder, trained on the conformance data as far as anybody can tell.

    `schema` changes the list of features.
    """
    features = json.loads((data_folder() / "schema.json").read_text())["features"]
    spec = {
        "schema": {"features": features if schema is None else schema(features)},
        "model": {"type": model, **SMALL, **settings},
        "data": {"type": "parquet", "folder": str(data_folder())},
        "trainer": {"type": "lightning"},
    }
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    recipe = load_resolved(path).recipe
    items = read_table(data_folder() / "items.parquet")
    return Bundle.write(folder / "run", build(recipe), recipe, {}, items).path


def named(items):
    """Items as the data names them."""
    return [f"item {item}" for item in items]
