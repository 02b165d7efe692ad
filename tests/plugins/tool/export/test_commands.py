"""What `seqrec export` writes, prints and refuses."""

import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
import torch
from command_line import seqrec
from seqrec_tool_recommend.recommender import Recommender
from untrained_bundle import named, written

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.places import local

ALONE = """
import json, sys, torch
program = torch.export.load(sys.argv[1]).module()
ids = [torch.tensor([[1, 2]]), torch.tensor(3), torch.tensor([], dtype=torch.int64), {}]
items, scores = program(*ids)
assert not any(name.startswith("seqrec") for name in sys.modules)
print(json.dumps(items.tolist()))
"""


@pytest.mark.slow
def test_a_torch_graph_answers_without_seqrec(tmp_path):
    bundle, out = written(tmp_path), tmp_path / "out" / "model.pt2"
    result = seqrec("export", bundle, "--to", "torch", "--out", out, "--json")
    assert result.returncode == 0, result.stderr
    described = json.loads(result.stdout)
    assert described["largest_difference"] < 1e-5
    assert [row["batch"] for row in described["latency"]] == [1, 64]
    assert json.loads((out.parent / "model.pt2.json").read_text())["files"] == described["files"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ALONE, out], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    [numbers] = json.loads(done.stdout)
    ids = pq.read_table(out.parent / described["items"])["item"].to_pylist()
    [best] = Recommender.load(bundle).recommend([named([1, 2])], 3)
    assert [ids[number] for number in numbers] == [item for item, _ in best]


# What a machine that serves need not have.
WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in (
            "lightning", "pytorch_lightning", "seqrec_trainer_lightning",
            "seqrec_datamodule_parquet", "seqrec_tool_run", "seqrec_tool_prepare",
        ):
            raise ModuleNotFoundError(f"no module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from seqrec_core.cli import main
main()
"""


@pytest.mark.slow
def test_neither_lightning_nor_trainer_nor_data_module_need_be_installed(tmp_path):
    bundle, out = written(tmp_path), tmp_path / "model.onnx"
    words = [sys.executable, "-c", WITHOUT, "export", bundle, "--to", "onnx", "--out", out]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "histories, k, candidates -> items, scores" in done.stdout
    assert sorted(path.name for path in tmp_path.glob("model.*")) == [
        "model.onnx",
        "model.onnx.items.parquet",
        "model.onnx.json",
    ]


@pytest.mark.slow
def test_a_graph_goes_where_a_uri_says(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    uri = "memory://graphs/model.pt2"
    result = seqrec("export", written(tmp_path), "--to", "torch", "--out", uri, "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["file"] == uri
    graph = torch.export.load(local(uri)).module()
    ids = pq.read_table(local(f"{uri}.items.parquet"))["item"].to_pylist()
    empty = torch.tensor([], dtype=torch.int64)
    items, _ = graph(torch.tensor([[1, 2]]), torch.tensor(len(ids)), empty, {})
    assert items.shape == (1, len(ids))
    assert json.loads(local(f"{uri}.json").read_text())["items"] == "model.pt2.items.parquet"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "tflite", "--out", "m.pt2"], "no target; choose onnx, torch, openvino"),
        (["--to", "torch", "--out", "m.onnx"], "ends in .pt2"),
        (["--to", "torch", "--out", "."], "is a folder"),
        (["--to", "torch"], "missing: the file"),
        ([], "missing; or give --embeddings"),
        (["--to", "torch", "--out", "m.pt2", "--data", "d"], "goes with --embeddings"),
        (["--to", "torch", "--embeddings", "e"], "goes without --to"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, words, said):
    result = seqrec("export", tmp_path, *words)
    assert result.returncode == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_a_bundle_without_items_is_refused(tmp_path):
    bundle = written(tmp_path)
    (bundle / "items.parquet").unlink()
    recipe = Bundle.load(bundle).recipe
    bundle = Bundle.write(tmp_path / "nameless", build(recipe), recipe, {}).path
    result = seqrec("export", bundle, "--to", "torch", "--out", tmp_path / "m.pt2")
    assert result.returncode == 2
    assert "items.parquet" in result.stderr
    assert not (tmp_path / "m.pt2").exists()
