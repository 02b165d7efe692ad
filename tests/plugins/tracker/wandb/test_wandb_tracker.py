"""A run of Weights & Biases offline, its log read back record by record."""

import json
import math
import os
import struct
import time

import pytest
from seqrec_tracker_wandb.specs import WandbTrackerSpec
from seqrec_tracker_wandb.wandb_tracker import STATE, WandbTracker

from seqrec_core.contracts import TrackerProto
from seqrec_core.errors import SeqrecError

RECIPE = {"seed": 3, "model": {"type": "sasrec", "dropout": 0.2}}
VALUES = [({"ndcg@10": 0.25, "loss": math.nan}, 5), ({"loss": 2.0}, 4), ({"loss": 1.0}, 4)]


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path_factory):
    place = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(place))
    return place


def followed(run, values=VALUES, resumed=False, state="finished", **settings):
    run.mkdir(exist_ok=True)
    tracker = WandbTracker(**settings)
    tracker.start(run, RECIPE, resumed)
    for row, step in values:
        tracker.log(row, step)
    tracker.finish(state)


def records(path):
    """What a log of wandb holds: a log of LevelDB behind seven bytes, blocks of 32 kB."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, place, text = path.read_bytes(), 7, b""
    while place < len(data):
        if (left := 32768 - place % 32768) < 7:
            place += left
            continue
        if len(data) - place < 7:
            return
        size, part = struct.unpack("<HB", data[place + 4 : place + 7])
        text += data[place + 7 : place + 7 + size]
        place += 7 + size
        if part in (1, 4):  # whole, or the last of several
            record = Record()
            record.ParseFromString(text)
            yield record
            text = b""


def logs(run):
    """The logs of a run, the oldest first, once a process of wandb's own has written them out."""
    paths = sorted(run.glob("logs/wandb/offline-run-*/*.wandb"))
    until = time.monotonic() + 30
    while not all(any(record.HasField("exit") for record in records(path)) for path in paths):
        assert time.monotonic() < until, "a log is not written out"
        time.sleep(0.1)
    return paths


def rows(path):
    names = [
        {".".join(i.nested_key) or i.key: json.loads(i.value_json) for i in record.history.item}
        for record in records(path)
        if record.HasField("history")
    ]
    return [{k: v for k, v in row.items() if not k.startswith("_")} for row in names]


def test_it_is_a_tracker():
    assert isinstance(WandbTracker(), TrackerProto)
    assert WandbTrackerSpec().mode == "offline"


@pytest.mark.slow
def test_an_offline_run_has_config_metrics_spec_and_environment(tmp_path):
    followed(tmp_path / "mine", project="ours", tags=["a"])
    (log,) = logs(tmp_path / "mine")
    first, second, third = rows(log)
    assert (first["step"], first["ndcg@10"], str(first["loss"]).lower()) == (5, 0.25, "nan")
    assert [second, third] == [{"step": 4, "loss": 2.0}, {"step": 4, "loss": 1.0}]
    (run,) = [record.run for record in records(log) if record.HasField("run")]
    assert (run.project, run.display_name, [*run.tags]) == ("ours", "mine", ["a"])
    config = {item.key: json.loads(item.value_json) for item in run.config.update}
    assert {name: config[name] for name in RECIPE} == RECIPE
    assert json.loads((log.parent / "files" / "spec.json").read_text()) == RECIPE
    assert "torch==" in (log.parent / "files" / "requirements.txt").read_text()


@pytest.mark.slow
def test_a_resumed_run_has_the_id_of_the_first_and_a_new_one_its_own(tmp_path):
    followed(tmp_path, state="interrupted")
    (before,) = logs(tmp_path)
    text = before.read_bytes()
    followed(tmp_path, resumed=True)
    followed(tmp_path)
    names = [path.name for path in logs(tmp_path)]
    assert len({*names}) == 2
    assert names.count(before.name) == 2
    assert before.read_bytes() == text
    assert json.loads((tmp_path / STATE).read_text())["run"] in names[-1] + names[0] + names[1]


@pytest.mark.slow
def test_the_bundle_is_an_artifact_where_that_is_asked_for(tmp_path, home):
    for name in ("model.safetensors", "assets/a.bin", "checkpoints/last.ckpt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    followed(tmp_path, bundle=True)
    (log,) = logs(tmp_path)
    artifacts = [r.request.log_artifact.artifact for r in records(log) if r.HasField("request")]
    artifacts += [record.artifact for record in records(log) if record.HasField("artifact")]
    kept = {entry.path for artifact in artifacts for entry in artifact.manifest.contents}
    assert kept == {"model.safetensors", "assets/a.bin"}
    assert not [*home.iterdir()]
    assert not [name for name in os.environ if name.startswith("WANDB_") and "_DIR" in name]


def test_a_run_that_is_disabled_leaves_no_log(tmp_path):
    followed(tmp_path, mode="disabled")
    assert not logs(tmp_path)


def test_what_wandb_refuses_is_a_sentence(tmp_path):
    with pytest.raises(SeqrecError, match=r"^Weights & Biases fails: .* or take wandb out"):
        followed(tmp_path, project="a/b")
