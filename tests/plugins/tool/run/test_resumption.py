"""Which runs go on, and which are refused."""

import json
import shutil

import attrs
import pyarrow.parquet as pq
import pytest
from seqrec_fake_run import ITEMS
from seqrec_tool_run.resumption import fixed_parts, resumes
from seqrec_tool_run.run_folder import RunFolder

from seqrec_core.errors import BundleError, SeqrecError
from seqrec_core.session import DEFAULT, dump, load_resolved


def test_an_existing_run_is_not_overwritten(seqrec, spec, run):
    with pytest.raises(SeqrecError, match="holds a run; go on with it by --resume"):
        seqrec("fit", spec, "--out", run)


@pytest.mark.parametrize("resume", [(), ("--resume",)])
def test_a_model_without_its_checkpoints_is_not_overwritten(seqrec, spec, run, resume):
    shutil.rmtree(run / "checkpoints")
    message = "run holds a model, and no checkpoint to go on from, checkpoints/last.ckpt; choose"
    with pytest.raises(SeqrecError, match=message):
        seqrec("fit", spec, "--out", run, *resume)


def test_a_run_goes_on_from_the_checkpoint_before_the_last(seqrec, spec, run):
    weights = (run / "model.safetensors").read_bytes()
    (run / "checkpoints" / "last.ckpt").unlink()
    said = seqrec("fit", spec, "--out", run, "--resume")
    assert "previous.ckpt, the one before it" in said
    assert (run / "model.safetensors").read_bytes() == weights


def test_a_run_that_ended_before_its_first_checkpoint_begins_anew(seqrec, spec, run, tmp_path):
    """Only if it is marked as unfinished, and asked for, and of this recipe."""
    weights = (run / "model.safetensors").read_bytes()
    shutil.rmtree(run / "checkpoints")
    RunFolder(run).begin()
    with pytest.raises(SeqrecError, match="holds a run; go on with it by --resume"):
        seqrec("fit", spec, "--out", run)
    with pytest.raises(SeqrecError, match="model of the spec differs"):
        seqrec("fit", spec, "--out", run, "--resume", "--set", "model.dropout=0.5")
    said = seqrec("fit", spec, "--out", run, "--resume")
    assert "ended before its first checkpoint; it begins anew" in said
    assert (run / "model.safetensors").read_bytes() == weights
    assert not RunFolder(run).is_unfinished


@pytest.mark.parametrize("damage", ["missing", "damaged"])
@pytest.mark.parametrize("epochs", [8, 20])
def test_a_run_whose_best_weights_are_gone_is_not_gone_on_with(seqrec, spec, run, damage, epochs):
    """Whether or not a better epoch would come."""
    weights, files = run / "model.safetensors", {path: path.read_bytes() for path in _files(run)}
    text = weights.read_bytes()
    weights.unlink() if damage == "missing" else weights.write_bytes(text[:-1] + b"!")
    with pytest.raises(BundleError, match=f"model.safetensors is {damage}.*restore it from a copy"):
        seqrec("fit", spec, "--out", run, "--resume", "--set", f"trainer.max_epochs={epochs}")
    weights.write_bytes(text)
    assert files == {path: path.read_bytes() for path in _files(run)}


def test_no_run_ends_well_without_weights(seqrec, spec, run):
    """Lock and weights were deleted, so that only the checkpoint knows of the best epoch."""
    for name in ("model.safetensors", "spec.lock.json"):
        (run / name).unlink()
    with pytest.raises(BundleError, match=r"model.safetensors is missing, and no later epoch"):
        seqrec("fit", spec, "--out", run, "--resume")
    assert RunFolder(run).is_unfinished


def _files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_run_among_its_data_is_refused(seqrec, spec, folder):
    before = {*folder.iterdir()}
    for out in (folder, folder / "deep" / "run", folder / ".." / "data"):
        with pytest.raises(SeqrecError, match="is in the folder of the data"):
            seqrec("fit", spec, "--out", out)
    assert {*folder.iterdir()} == before


def test_a_lock_that_leads_elsewhere_is_resumed_only_if_trusted(seqrec, spec, tmp_path):
    out, short = tmp_path / "run", ("--set", "trainer.max_epochs=1")
    seqrec("fit", spec, "--out", out, *short)
    lock = json.loads((out / "spec.lock.json").read_text())
    del lock["digest"]
    lock["data"]["folder"] = str(tmp_path / "data")
    (out / "spec.lock.json").write_text(json.dumps(lock))
    with pytest.raises(BundleError, match="--trust"):
        seqrec("fit", spec, "--out", out, "--resume", *short)
    for command in (("evaluate", out), ("predict", out, "--out", tmp_path / "top.csv")):
        with pytest.raises(BundleError, match="--trust"):
            seqrec(*command)
        seqrec(*command, "--trust")
    seqrec("fit", spec, "--out", out, "--resume", "--trust", *short)


@pytest.fixture
def follows(spec, run):
    """Has the run be one over the stream at a place; the recipe that names it too."""

    def make(stream, **changes):
        settings = ["data.type=follow", f"data.stream={stream}", "data.max_sequence_length=4"]
        recipe = load_resolved(spec, settings).recipe
        lock = json.loads((run / "spec.lock.json").read_text())
        lock.pop("digest", None)
        lock["data"] = dump(recipe, DEFAULT)["data"] | {"folder": "../data"} | changes
        (run / "spec.lock.json").write_text(json.dumps(lock))
        return recipe

    return make


@pytest.mark.parametrize("stream", ["s3://shop/stream", "/elsewhere"])
def test_a_place_of_data_that_a_spec_outside_names_too_needs_no_trust(follows, spec, run, stream):
    recipe = follows(stream)
    assert resumes(run, recipe, resume=True, own=spec)
    (run / "link").symlink_to(spec)
    inside = shutil.copy(spec, run / "spec.json")
    for own in (None, inside, run / "spec.lock.json", f"{run}/../run/spec.json", "s3://shop/x"):
        with pytest.raises(BundleError, match=r"data\.stream.*--trust"):
            resumes(run, recipe, resume=True, own=own)
    follows("s3://other/stream")
    with pytest.raises(BundleError, match=r"data\.stream.*s3://other.*--trust"):
        resumes(run, recipe, resume=True, own=spec)


def test_other_texts_that_lead_elsewhere_need_trust_whoever_names_them(follows, spec, run):
    with pytest.raises(BundleError, match=r"data\.stream.*--trust"):
        resumes(run, follows("../stream"), resume=True, own=spec)
    (run / "stream").symlink_to(run.parent / "data" / "train.parquet")
    with pytest.raises(BundleError, match=r"leads out of the bundle, to 'stream'.*--trust"):
        resumes(run, follows("stream"), resume=True, own=spec)
    (run / "stream").unlink()
    recipe = follows("s3://shop/stream", validate=["/elsewhere", "s3://shop/stream"])
    with pytest.raises(BundleError, match=r"data\.validate.*--trust"):
        resumes(run, recipe, resume=True, own=spec)
    recipe = follows("stream")
    first, *others = recipe.schema.features
    features = (attrs.evolve(first, column="/elsewhere"), *others)
    recipe = attrs.evolve(recipe, schema=attrs.evolve(recipe.schema, features=features))
    lock = json.loads((run / "spec.lock.json").read_text())
    lock["schema"]["features"][0]["column"] = "/elsewhere"
    (run / "spec.lock.json").write_text(json.dumps(lock))
    with pytest.raises(BundleError, match=r"schema\.features.*--trust"):
        resumes(run, recipe, resume=True, own=spec)
    assert resumes(run, recipe, resume=True, trust=True)


def test_a_checkpoint_cut_short_is_named(seqrec, spec, tmp_path):
    out = tmp_path / "run"
    seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=1")
    last = out / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:-100])
    with pytest.raises(SeqrecError, match=r"last.ckpt is damaged.*another --out"):
        seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=2", "--resume")


def test_a_run_goes_on_where_its_data_has_moved_but_not_on_other_data(
    seqrec, spec, folder, tmp_path
):
    out = tmp_path / "run"
    seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=1")
    moved = folder.rename(tmp_path / "moved")
    more = ("--set", f"data.folder={moved}", "--set", "trainer.max_epochs=2", "--resume")
    seqrec("fit", spec, "--out", out, *more)
    assert len((out / "logs" / "history.csv").read_text().splitlines()) == 3
    items = pq.read_table(moved / "items.parquet")
    other = items.set_column(1, "item", items["item"].take([1, 0, *range(2, ITEMS)]))
    pq.write_table(other, moved / "items.parquet")
    with pytest.raises(SeqrecError, match="items of the data are not those that the run in"):
        seqrec("fit", spec, "--out", out, *more)
    (moved / "items.parquet").unlink()
    with pytest.raises(SeqrecError, match="items of the data are not those that the run in"):
        seqrec("fit", spec, "--out", out, *more)


def test_a_run_goes_on_for_more_epochs(seqrec, spec, tmp_path):
    out, whole = tmp_path / "run", tmp_path / "whole"
    seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=2")
    seqrec("fit", spec, "--out", out, "--set", "trainer.max_epochs=4", "--resume")
    seqrec("fit", spec, "--out", whole, "--set", "trainer.max_epochs=4")
    weights = (out / "model.safetensors").read_bytes()
    assert weights == (whole / "model.safetensors").read_bytes()


@pytest.mark.parametrize("setting", ["optimizer.lr=0.1", "monitor=ndcg@5", "ema_decay=0.9"])
def test_settings_that_a_checkpoint_would_overrule_are_refused(seqrec, spec, run, setting):
    part = setting.partition("=")[0].partition(".")[0]
    with pytest.raises(SeqrecError, match=f"trainer.{part} of the spec differs"):
        seqrec("fit", spec, "--out", run, "--resume", "--set", f"trainer.{setting}")


def test_a_run_of_another_model_is_not_resumed(seqrec, spec, run):
    with pytest.raises(SeqrecError, match="model of the spec differs"):
        seqrec("fit", spec, "--out", run, "--resume", "--set", "model.dropout=0.5")


def test_a_run_is_not_resumed_with_other_filters_which_would_measure_otherwise(seqrec, spec, run):
    with pytest.raises(SeqrecError, match="postprocessors of the spec differs"):
        seqrec("fit", spec, "--out", run, "--resume", "--set", "postprocessors=[]")


def test_a_folder_without_a_run_is_begun_even_when_asked_to_go_on(spec, tmp_path):
    recipe = load_resolved(spec).recipe
    (tmp_path / "empty").mkdir()
    assert not resumes(tmp_path / "empty", recipe, resume=True)
    assert not resumes(tmp_path / "absent", recipe, resume=False)


def test_a_run_goes_on_with_its_spec_and_with_more_epochs_and_patience(spec, run):
    for changes in ([], ["trainer.max_epochs=20", "trainer.patience=9"]):
        assert resumes(run, load_resolved(spec, changes).recipe, resume=True)


def test_what_is_fixed_includes_what_a_checkpoint_of_the_trainer_overrules(spec):
    parts = fixed_parts(load_resolved(spec).recipe.trainer)
    assert {"seed", "model", "trainer.optimizer", "trainer.ema_decay"} <= set(parts)
    assert "trainer.max_epochs" not in parts
    assert fixed_parts(None) == ("seed", "schema", "model", "data", "postprocessors")
