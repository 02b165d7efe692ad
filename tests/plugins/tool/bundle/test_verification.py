import json
import shutil

import pytest
import torch
from changed_lock import change_lock, forget_digests
from command_line import modules_after, seqrec
from safetensors.torch import load_file, save_file
from seqrec_tool_bundle.verification import file_states
from untrained_bundle import written


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def copy(bundle, tmp_path):
    return shutil.copytree(bundle, tmp_path / "run")


def faults(folder):
    return {state.file: state.fault for state in file_states(folder) if state.fault}


def test_a_bundle_that_is_whole_has_no_fault(bundle):
    names = [state.file for state in file_states(bundle)]
    assert names == ["spec.lock.json", ".", "model.safetensors", "items.parquet", "metrics.json"]
    assert faults(bundle) == {}


@pytest.mark.parametrize(
    "name", ["spec.lock.json", "model.safetensors", "items.parquet", "metrics.json"]
)
def test_each_damaged_file_is_the_one_that_is_named(copy, name):
    good = (copy / name).read_bytes()
    middle = len(good) // 2
    flipped = good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]
    for content in (flipped, good[:-2], b"", None):
        (copy / name).write_bytes(content) if content is not None else (copy / name).unlink()
        assert [*faults(copy)] == [name]
        assert name in faults(copy)[name]


def test_without_digests_a_file_is_read(copy):
    forget_digests(copy)
    assert faults(copy) == {}
    assert {state.note for state in file_states(copy)[2:]} == {
        "readable; the lock has no digest of it"
    }
    weights = load_file(copy / "model.safetensors")
    name = next(iter(weights))
    save_file(weights | {name: torch.full_like(weights[name], torch.nan)},
              copy / "model.safetensors")  # fmt: skip
    (copy / "items.parquet").write_bytes(b"PAR1")
    assert [*faults(copy)] == ["model.safetensors", "items.parquet"]


def test_the_checkpoint_is_judged_by_the_trainer(copy):
    (copy / "checkpoints").mkdir()
    (copy / "checkpoints" / "last.ckpt").write_bytes(b"no archive")
    assert [*faults(copy)] == ["checkpoints/last.ckpt"]


def test_the_command_prints_a_table_or_json_and_exits_with_2(copy):
    done = seqrec("bundle", "verify", copy)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("as written") == 4
    (copy / "items.parquet").unlink()
    done = seqrec("bundle", "verify", copy, "--json")
    assert done.returncode == 2
    rows = {row["file"]: row for row in json.loads(done.stdout)}
    assert "is missing" in rows["items.parquet"]["fault"]
    assert rows["model.safetensors"]["fault"] is None
    done = seqrec("bundle", "verify", copy / "nowhere")
    assert done.returncode == 2
    assert "is no folder" in done.stderr


@pytest.mark.parametrize("how", ["text of the lock", "link"])
def test_what_leads_out_is_a_fault_of_the_folder_until_it_is_trusted(copy, tmp_path, how):
    if how == "link":
        (tmp_path / "elsewhere").mkdir()
        (copy / "logs").symlink_to(tmp_path / "elsewhere")
    else:
        change_lock(copy, lambda lock: lock["trainer"].update(checkpoint="/etc/passwd"))
    done = seqrec("bundle", "verify", copy, "--json")
    rows = {row["file"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 2
    assert next(name for name, row in rows.items() if row["fault"]) == "."
    assert "leads out" in rows["."]["fault"] or "is a link out" in rows["."]["fault"]
    trusted = {state.file for state in file_states(copy, trust=True)}
    assert trusted == rows.keys() - {"."}


@pytest.mark.slow
def test_the_command_imports_no_torch(bundle):
    [modules] = modules_after(["bundle", "verify", bundle])
    assert "torch" not in modules
