"""A data folder and a run at URIs give what those on the disk give."""

import json
import shutil

import fsspec
import pytest
from command_line import seqrec
from safetensors.torch import load_file
from seqrec_tool_conformance.folder import data_folder

SETTINGS = ("--set", "trainer.max_epochs=1", "--set", "model.embedding_dim=8")


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


@pytest.mark.slow
def test_a_data_folder_at_a_uri_gives_the_same_weights(memory, tmp_path):
    shutil.copytree(data_folder(), tmp_path / "data")
    memory.put(str(tmp_path / "data"), "/d0", recursive=True)
    spec, weights = tmp_path / "spec.json", []
    for number, folder in enumerate((tmp_path / "data", f"file://{tmp_path}/data", "memory://d0")):
        done = seqrec("init", "sasrec", "--data", folder, "--out", spec, "--force", *SETTINGS)
        assert done.returncode == 0, done.stderr
        done = seqrec("fit", spec, "--out", tmp_path / f"run{number}")
        assert done.returncode == 0, done.stderr
        weights.append(load_file(tmp_path / f"run{number}" / "model.safetensors"))
    assert json.loads(spec.read_text())["data"]["folder"] == "memory://d0"
    for other in weights[1:]:
        assert all(weight.equal(other[name]) for name, weight in weights[0].items())


@pytest.mark.slow
def test_a_run_at_a_uri_goes_on_and_is_evaluated_there(memory, tmp_path):
    memory.put(str(data_folder()), "/d0", recursive=True)
    spec = tmp_path / "spec.json"
    seqrec("init", "sasrec", "--data", "memory://d0", "--out", spec, *SETTINGS)
    command = ("fit", spec, "--out", "memory://run")
    assert seqrec(*command).returncode == 0
    assert "go on with it by --resume" in seqrec(*command).stderr
    longer = seqrec(*command, "--resume", "--set", "trainer.max_epochs=2")
    assert longer.returncode == 0, longer.stderr
    assert "give --data memory://d0" in seqrec("evaluate", "memory://run").stderr
    done = seqrec("evaluate", "memory://run", "--data", "memory://d0")
    assert done.returncode == 0, done.stderr
    assert "test/ndcg@10" in json.loads(memory.cat("/run/metrics.json"))
