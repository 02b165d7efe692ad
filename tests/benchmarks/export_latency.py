"""Latency of exported graphs beside torch: the table of docs/export.md.

    python tests/benchmarks/export_latency.py [--items 1000 12000] [--to onnx openvino torch]

Models are untrained, SASRec of 2 blocks with d=64 and 50 events; one thread.
"""

import argparse
import json
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import torch
from seqrec_tool_export.graph_file import export_graph
from seqrec_tool_prepare.commands import synth

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.session import load_resolved
from seqrec_core.vocabulary import Vocabularies

MODEL = {"embedding_dim": 64, "num_heads": 2, "num_blocks": 2, "max_sequence_length": 50}


def bundle_of(items: int, folder: Path) -> Bundle:
    """An untrained model of at most this many items, those that a made-up data set has."""
    data = DataFolder(folder / "data")
    with redirect_stdout(sys.stderr):
        synth(data.path, users=max(2_000, items), items=items, features=False)
    spec = folder / "spec.json"
    parts = {"schema": {"features": data.features()}, "model": {"type": "sasrec", **MODEL}}
    parts["data"] = {"type": "parquet", "folder": str(data.path)}
    parts["postprocessors"] = [{"type": "seen_items"}]
    spec.write_text(json.dumps(parts))
    recipe = load_resolved(spec).recipe
    known = Vocabularies.of_folder(data)
    return Bundle.write(folder / "run", build(recipe), recipe, {}, known.items)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--items", type=int, nargs="+", default=[1_000, 12_000])
    options.add_argument("--to", nargs="+", default=["onnx", "openvino", "torch"])
    options.add_argument("--calls", type=int, default=50)
    chosen = options.parse_args()
    torch.set_num_threads(1)
    print("| items | batch | runtime | median ms | p95 ms | torch median ms | torch p95 ms |")
    print("|---:|---:|---|---:|---:|---:|---:|")
    for items in chosen.items:
        with tempfile.TemporaryDirectory() as name:
            bundle = bundle_of(items, Path(name))
            for target in chosen.to:
                suffix = {"onnx": "onnx", "openvino": "xml", "torch": "pt2"}[target]
                out = Path(name) / f"model.{suffix}"
                described = export_graph(bundle, target, out, calls=chosen.calls)
                for row in described["latency"]:
                    batch, *numbers = row.values()
                    cells = " | ".join(f"{number:.2f}" for number in numbers)
                    count = described["item_count"]
                    print(f"| {count:,} | {batch} | {target} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
