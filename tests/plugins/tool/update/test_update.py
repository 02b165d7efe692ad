"""A run that goes on: old answers stay until it is trained, new items come in."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from seqrec_tool_recommend.recommender import Recommender
from seqrec_tool_run.history_csv import HISTORY
from seqrec_tool_update.update import update

from seqrec_core.build import Runtime, build_model
from seqrec_core.bundle import Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import BundleError, DataError, SeqrecError
from seqrec_core.session import load_resolved
from seqrec_core.vocabulary import Vocabularies

HISTORIES = [["item 3", "item 4"], ["item 9"], [f"item {n % 10}" for n in range(30)], []]


def scores(bundle, histories, items):
    recommender = Recommender.load(bundle)
    lists = recommender.recommend(histories, top_k=100, candidates=items, keep_seen=True)
    return [{each.item: each.score for each in top} for top in lists]


def test_without_training_old_items_have_the_old_scores(days, tmp_path, files):
    before = files(days / "run")
    result = update(days / "run", days / "day2", tmp_path / "run2", epochs=0)
    items = [f"item {number}" for number in range(10)]
    old, new = (scores(each, HISTORIES, items) for each in (days / "run", tmp_path / "run2"))
    for one, other in zip(old, new, strict=True):
        assert one.keys() == other.keys() == set(items)
        torch.testing.assert_close(
            list(one.values()), [other[item] for item in one], rtol=0, atol=0
        )
    assert (result.growth.items, result.growth.new_items) == ((10, 13), 3)
    assert files(days / "run") == before


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["bert4rec", "two-tower", "gru4rec", "hstu"])
def test_old_items_have_the_old_scores_whatever_the_model(days, tmp_path, seqrec, preset):
    """Of a model as it was drawn: nothing is trained."""
    spec, small = tmp_path / "spec.json", ("--set", "model.embedding_dim=8")
    seqrec("init", preset, "--data", days / "data", "--out", spec, *small)
    recipe = load_resolved(spec).recipe
    runtime = Runtime.of(recipe)
    model = build_model(recipe, runtime)
    items = Vocabularies.of_folder(DataFolder(days / "data")).items
    Bundle.write(tmp_path / "run", model, recipe, {}, items, runtime.trace)
    update(tmp_path / "run", days / "day2", tmp_path / "run2", epochs=0)
    known = [f"item {number}" for number in range(10)]
    old, new = (scores(tmp_path / each, HISTORIES[:3], known) for each in ("run", "run2"))
    for one, other in zip(old, new, strict=True):
        assert other == pytest.approx(one, rel=1e-5, abs=1e-6)


KILLED = """
import os, signal, sys
from pathlib import Path
from seqrec_tool_run.history_csv import HistoryCsv
from seqrec_tool_update.update import update

record = HistoryCsv.record

def fatal(self, row):
    record(self, row)
    if row["epoch"] == 2:
        os.kill(os.getpid(), signal.SIGKILL)

HistoryCsv.record = fatal
update(*map(Path, sys.argv[1:]), epochs=3)
"""


@pytest.mark.slow
def test_an_update_that_was_killed_goes_on_to_the_same_weights(days, tmp_path):
    places = [days / "run", days / "day2", tmp_path / "run2"]
    died = subprocess.run([sys.executable, "-c", KILLED, *places], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    result = update(*places, epochs=3, resume=True)
    assert result.is_finished
    whole = update(*places[:2], tmp_path / "whole", epochs=3)
    assert result.after == whole.after
    files = [tmp_path / name / "checkpoints" / "last.ckpt" for name in ("run2", "whole")]
    one, other = (torch.load(file, weights_only=True)["state_dict"] for file in files)
    assert all(torch.equal(one[name], other[name]) for name in one | other)


@pytest.mark.slow
def test_after_training_new_items_are_recommended(days, tmp_path, files):
    before = files(days / "run")
    result = update(
        days / "run",
        days / "day2",
        tmp_path / "run2",
        epochs=15,
        overrides=["trainer.optimizer.lr=0.03", "trainer.patience=null"],
    )
    assert result.is_finished
    assert result.after["test/recall@5"] > result.before["test/recall@5"]
    top = Recommender.load(tmp_path / "run2").recommend([["item 8", "item 9"]], top_k=3)
    assert {each.item for each in top[0]} & {"new 1", "new 2", "new 3"}
    assert files(days / "run") == before


def test_the_earlier_model_misses_new_targets_and_does_not_see_new_events(days, tmp_path, seqrec):
    """Its hits are those of the old bundle on the same file without the new items."""
    lines = (days / "day2.csv").read_text().splitlines()
    known = [line for line in lines if "new " not in line]
    (tmp_path / "known.csv").write_text("\n".join(known) + "\n")
    result = update(days / "run", days / "day2", tmp_path / "run2", epochs=0)
    recommender, hits, users = Recommender.load(days / "run"), 0, {}
    for line in lines[1:]:
        user, item, _ = line.split(",")
        users.setdefault(user, []).append(item)
    for *history, target in users.values():
        [top] = recommender.recommend([history], top_k=5, skip_unknown=True)
        hits += target in [each.item for each in top]
    assert result.before["test/recall@5"] == pytest.approx(hits / len(users))


def test_an_update_of_an_update_has_both_in_its_lineage(days, tmp_path, seqrec):
    update(days / "run", days / "day2", tmp_path / "run2", epochs=0)
    shutil.copytree(days / "day2", tmp_path / "day3")
    result = update(tmp_path / "run2", tmp_path / "day3", tmp_path / "run3", epochs=0)
    first, second = json.loads((tmp_path / "run3" / "lineage.json").read_text())
    assert [first] == json.loads((tmp_path / "run2" / "lineage.json").read_text())
    assert second["metrics_after"] == result.after
    shown = json.loads(seqrec("show", tmp_path / "run3", "--json").stdout)
    assert shown["lineage"] == [first, second]
    assert "updated" in seqrec("show", tmp_path / "run3").stdout


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("run", "day2", "run"), "the run itself"),
        (("run", "day2", "run/inside"), "the run itself, or in it"),
        (("run", "data", "run2"), "has not changed since"),
        (("run", ".", "run2"), "is no data folder"),
        (("run", "nowhere.csv", "run2"), "nowhere.csv"),
        (("run", "day2", "day2/run2"), "in the folder of the data"),
        (("nothing", "day2", "run2"), "is no bundle"),
    ],
)
def test_what_cannot_be_is_refused(days, tmp_path, names, said):
    run, data, out = names
    place = (tmp_path if out == "run2" else days) / out
    with pytest.raises(SeqrecError) as error:
        update(days / run, days / data, place)
    assert said in str(error.value)
    assert out == "run" or not place.exists()


def test_an_unfinished_run_and_one_that_is_there_are_refused(days, run, tmp_path):
    update(run, days / "day2", tmp_path / "run2", epochs=0)
    for epochs in (0, 1):
        with pytest.raises(SeqrecError, match="choose another --out"):
            update(run, days / "day2", tmp_path / "run2", epochs=epochs)
    (run / ".unfinished").touch()
    with pytest.raises(SeqrecError, match="has not come to its end"):
        update(run, days / "day2", tmp_path / "run3")


def test_data_that_renumbers_or_lacks_items_is_refused(days, tmp_path, seqrec):
    text = (days / "day2.csv").read_text().replace(",item 0,", ",jtem 0,")
    (tmp_path / "day2.csv").write_text(text)
    seqrec("data", "prepare", tmp_path / "day2.csv", "--out", tmp_path / "renumbered")
    with pytest.raises(DataError, match=r"item 0 is 'item 1', there 'item 0'.*--ids-from"):
        update(days / "run", tmp_path / "renumbered", tmp_path / "run3")
    update(days / "run", days / "day2", tmp_path / "run2", epochs=0)
    shutil.copytree(days / "data", tmp_path / "small")
    with pytest.raises(DataError, match="fewer than the 13"):
        update(tmp_path / "run2", tmp_path / "small", tmp_path / "run3")


@pytest.mark.slow
def test_an_update_that_was_cut_short_goes_on_and_not_from_another_run(days, run, tmp_path):
    update(run, days / "day2", tmp_path / "run2", epochs=1)
    result = update(run, days / "day2", tmp_path / "run2", epochs=2, resume=True)
    assert result.is_finished
    rows = (tmp_path / "run2" / HISTORY).read_text().splitlines()
    assert len(rows) == 3
    lineage = tmp_path / "run2" / "lineage.json"
    [entry] = json.loads(lineage.read_text())
    lineage.write_text(json.dumps([entry | {"weights": "sha256:other"}]))
    with pytest.raises(BundleError, match="begun from another run"):
        update(run, days / "day2", tmp_path / "run2", epochs=2, resume=True)


def test_data_that_changed_after_the_training_is_new_though_the_run_was_evaluated_since(
    days, run, tmp_path
):
    data = tmp_path / "data"
    at = (run / "model.safetensors").stat().st_mtime
    os.utime(run / "spec.lock.json", (at + 20, at + 20))
    os.utime(data / "train.parquet", (at + 10, at + 10))
    assert update(run, data, tmp_path / "run2", epochs=0).is_finished
