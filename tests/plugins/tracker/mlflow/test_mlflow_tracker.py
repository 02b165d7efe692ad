"""A run in a file store of MLflow, read back by its client."""

import http.server
import json
import math
import threading

import pytest
from mlflow import telemetry
from seqrec_tracker_mlflow.mlflow_tracker import STATE, MlflowTracker, _client, flat, metric_name
from seqrec_tracker_mlflow.specs import MlflowTrackerSpec

from seqrec_core.contracts import TrackerProto
from seqrec_core.errors import SeqrecError

RECIPE = {"seed": 3, "model": {"type": "sasrec", "dropout": 0.2, "ties": None}, "trackers": [{}]}


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def started(run, resumed=False, recipe=RECIPE, **settings):
    tracker = MlflowTracker(**settings)
    tracker.start(run, recipe, resumed)
    return tracker


def stored(run, uri=None, experiment="seqrec"):
    """The client and the runs of an experiment, the newest first."""
    client = _client(uri or (run / "logs" / "mlflow").as_uri())
    return client, client.search_runs([client.get_experiment_by_name(experiment).experiment_id])


def points(client, run, name):
    return [(each.step, each.value) for each in client.get_metric_history(run.info.run_id, name)]


def test_it_is_a_tracker():
    assert isinstance(MlflowTracker(), TrackerProto)
    assert MlflowTrackerSpec(tags={"a": "b"}).tags == {"a": "b"}


def test_a_run_has_parameters_metrics_spec_environment_and_tags(tmp_path):
    tracker = started(tmp_path, run_name="mine", tags={"team": "a"})
    tracker.log({"ndcg@10": 0.25, "train_loss": math.nan}, 50)
    tracker.log({"ndcg@10": 0.5}, 51)
    client, (run,) = stored(tmp_path)
    assert run.info.status == "RUNNING"
    tracker.finish("finished")
    client, (run,) = stored(tmp_path)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "mine")
    assert run.data.tags["team"] == "a"
    assert run.data.params == {
        "seed": "3",
        "model.type": "sasrec",
        "model.dropout": "0.2",
        "model.ties": "null",
    }
    assert points(client, run, "ndcg_at_10") == [(50, 0.25), (51, 0.5)]
    ((step, loss),) = points(client, run, "train_loss")
    assert (step, math.isnan(loss)) == (50, True)
    folder = next(tmp_path.glob(f"logs/mlflow/*/{run.info.run_id}/artifacts"))
    assert json.loads((folder / "spec.json").read_text()) == RECIPE
    assert "\ntorch==" in (folder / "requirements.txt").read_text()


@pytest.mark.parametrize(
    ("state", "status"), [("interrupted", "KILLED"), ("failed", "FAILED"), ("finished", "FINISHED")]
)
def test_how_it_ended_is_said(tmp_path, state, status):
    started(tmp_path).finish(state)
    assert stored(tmp_path)[1][0].info.status == status


def test_a_resumed_run_goes_on_with_the_same_and_says_no_step_twice(tmp_path):
    """The first process is killed: it says no end."""
    tracker = started(tmp_path)
    for step in (1, 2, 3):
        tracker.log({"loss": float(step)}, step)
    longer = {**RECIPE, "seed": 4, "more": 1}
    tracker = started(tmp_path, resumed=True, recipe=longer)
    for step in (2, 3, 4):
        tracker.log({"loss": float(step)}, step)
    tracker.log({"loss": 9.0}, 4)
    tracker.finish("finished")
    client, (run,) = stored(tmp_path)
    assert sorted(points(client, run, "loss")) == [(1, 1), (2, 2), (3, 3), (4, 4), (4, 9)]
    assert (run.data.params["seed"], run.data.params["more"]) == ("3", "1")
    assert run.info.status == "FINISHED"


@pytest.mark.parametrize("left", ["{", "[]", '{"run": "gone", "tracking_uri": "file:///x"}'])
def test_a_run_whose_own_is_gone_becomes_a_new_one(tmp_path, left):
    started(tmp_path).finish("interrupted")
    (tmp_path / STATE).write_text(left)
    started(tmp_path, resumed=True).finish("finished")
    assert len(stored(tmp_path)[1]) == 2


def test_several_runs_share_a_folder_and_a_new_run_is_a_new_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "b"):
        started(tmp_path / name, tracking_uri="shared", experiment="x").finish("finished")
    runs = stored(None, (tmp_path / "shared").as_uri(), "x")[1]
    assert sorted(run.info.run_name for run in runs) == ["a", "b", "b"]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "said").as_uri())
    started(tmp_path / "c").finish("finished")
    assert (tmp_path / "said").is_dir()
    assert not (tmp_path / "c" / "logs" / "mlflow").exists()


@pytest.mark.parametrize("kept", [True, False])
def test_the_bundle_is_kept_where_that_is_asked_for(tmp_path, kept):
    for name in ("model.safetensors", "assets/a.bin", "checkpoints/last.ckpt", ".unfinished"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    started(tmp_path, bundle=kept).finish("finished")
    (folder,) = tmp_path.glob("logs/mlflow/*/*/artifacts")
    names = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    bundle = {"bundle/model.safetensors", "bundle/assets/a.bin"} if kept else set()
    assert names == {"spec.json", "requirements.txt", *bundle}


def test_a_server_that_does_not_answer_ends_a_run_before_it_begins():
    with pytest.raises(SeqrecError, match=r"http://127.0.0.1:9 does not answer: .*; start it"):
        MlflowTracker("http://127.0.0.1:9")


def test_any_answer_of_a_server_will_do():
    _Refusing.asked = []
    with http.server.HTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        MlflowTracker(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert _Refusing.asked, "it is asked, and its refusal is an answer"


class _Refusing(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(401)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_what_mlflow_refuses_is_a_sentence(tmp_path):
    tracker = started(tmp_path)
    with pytest.raises(SeqrecError, match=r"^MLflow at logs/mlflow fails: .*--resume"):
        tracker.log({"x" * 300: 1.0}, 1)


def test_nobody_else_is_told(tmp_path):
    started(tmp_path).finish("finished")
    assert telemetry.get_telemetry_client() is None


def test_a_name_may_be_another_with_a_slash_behind(tmp_path):
    tracker = started(tmp_path)
    tracker.log({"ndcg@10": 0.5, "ndcg@10/dataloader_idx_1": 0.25}, 1)
    tracker.finish("finished")
    metrics = stored(tmp_path)[1][0].data.metrics
    assert metrics == {"ndcg_at_10": 0.5, "ndcg_at_10.dataloader_idx_1": 0.25}


def test_names_are_such_as_mlflow_takes():
    assert metric_name("ndcg@10/dataloader_idx_1") == "ndcg_at_10.dataloader_idx_1"
    assert metric_name("a[0]=é") == "a_0___"
    assert [*flat({"a": [{"b": True}, 1.5], "c": {}, "d": ""})] == [
        ("a.0.b", "true"),
        ("a.1", "1.5"),
        ("d", ""),
    ]


@pytest.mark.parametrize(
    "uri",
    ["https://me:secret@host", "postgresql://me:se%40cret@host/db", "mysql://h/?Password=secret"],
)
def test_a_password_neither_stands_in_the_spec_nor_in_what_is_said(monkeypatch, uri):
    with pytest.raises(SeqrecError, match="MLFLOW_TRACKING_PASSWORD") as error:
        MlflowTracker(uri)
    assert "cret" not in str(error.value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    with pytest.raises(SeqrecError, match=r"127\.0\.0\.1:9 does not answer") as error:
        MlflowTracker()
    assert "secret" not in str(error.value)
