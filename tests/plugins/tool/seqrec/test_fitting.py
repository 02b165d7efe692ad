"""From a preset or a spec, and data, to a run: the run of the commands."""

import json
import shutil

import pytest
import seqrec
import torch
from safetensors.torch import load_file
from seqrec_tool_run.commands import fit as fit_command
from seqrec_tool_specs.commands import init as init_command

from seqrec_core import load
from seqrec_core.errors import DataError, SeqrecError, SpecError, UnknownComponentError

SMALL = {"model.embedding_dim": 16, "model.num_heads": 1, "model.num_blocks": 1}
ASSIGNMENTS = [f"{path}={value}" for path, value in {**SMALL, "trainer.max_epochs": 2}.items()]


def weights(run):
    return load_file(run / "model.safetensors")


def test_the_commands_train_the_same_weights(data, trained, tmp_path):
    init_command("sasrec", data.path, out=tmp_path / "spec.json", set=ASSIGNMENTS)
    fit_command(tmp_path / "spec.json", tmp_path / "run")
    ours, theirs = weights(trained.path), weights(tmp_path / "run")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_second_run_in_the_process_is_the_same_from_a_recipe_and_from_plain_data(
    data, trained, tmp_path
):
    again = seqrec.fit(trained.spec, out=tmp_path / "recipe", progress=False)
    plain = seqrec.fit(
        json.loads((trained.path / "spec.lock.json").read_text()),
        data,
        out=tmp_path / "plain",
        progress=False,
    )
    for run in (again, plain):
        ours = weights(run.path)
        assert all(torch.equal(ours[name], each) for name, each in weights(trained.path).items())


def test_it_is_quiet_but_for_a_line_an_epoch(data, tmp_path, capfd):
    seqrec.fit("sasrec", data, epochs=2, out=tmp_path / "run", **SMALL)
    out, err = capfd.readouterr()
    assert [line.split()[:2] for line in out.splitlines()] == [["epoch", "1"], ["epoch", "2"]]
    assert err == ""


def test_a_spec_file_trains_with_changes_and_goes_on(data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    init_command("sasrec", data.path, out=tmp_path / "own.json", set=ASSIGNMENTS)
    capsys.readouterr()
    run = seqrec.fit("own.json", epochs=1, set={"model.dropout": 0.5}, progress=False)
    assert str(run.path) == "runs/own-1"
    assert capsys.readouterr().out == "run: runs/own-1\n"
    assert run.spec.model.dropout == 0.5
    assert run.history.num_rows == 1
    with pytest.raises(SeqrecError, match="runs/own-1 holds a run; go on with it by --resume"):
        seqrec.fit("own.json", epochs=2, set={"model.dropout": 0.5}, out=run.path)
    more = seqrec.fit(
        "own.json", epochs=2, set={"model.dropout": 0.5}, out=run, resume=True, progress=False
    )
    assert more.history.num_rows == 2
    assert more.is_finished


def test_names_and_values_that_are_wrong_have_the_sentences_of_the_commands(data, tmp_path):
    with pytest.raises(UnknownComponentError, match="did you mean 'esasrec'"):
        seqrec.fit("esasrek", data)
    with pytest.raises(SpecError, match="dropout"):
        seqrec.fit("sasrec", data, set={"model.dropout": 2})
    with pytest.raises(SpecError, match="did you mean 'dropout'"):
        seqrec.fit("sasrec", data, **{"model.dropuot": 0.2})
    with pytest.raises(DataError, match="sasrec needs data"):
        seqrec.fit("sasrec")
    with pytest.raises(DataError, match="seqrec data prepare"):
        seqrec.fit("sasrec", tmp_path)
    with pytest.raises(SpecError, match=r"none\.json"):
        seqrec.fit("none.json", data)


def test_a_frame_is_prepared_first(events):
    with pytest.raises(DataError, match="prepare it first"):
        seqrec.fit("sasrec", events)


def test_data_of_another_catalogue_is_refused(trained, events, tmp_path):
    fewer = seqrec.prepare(events.filter(events["sku"] != "item 3"), out=tmp_path / "data")
    with pytest.raises(SpecError, match="is 20, and the data has 19 ids"):
        seqrec.fit(trained.spec, fewer, out=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()


def test_the_spec_of_a_run_is_one_to_read(trained):
    assert load(trained.path / "spec.lock.json").model == trained.spec.model


def test_the_run_of_a_uri_is_a_copy_that_nobody_writes_to(data, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))

    def train(recipe, out, **options):
        shutil.copytree(trained.path, out, dirs_exist_ok=True)

    monkeypatch.setattr("seqrec.fitting._train", train)
    run = seqrec.fit("sasrec", data, out="memory://shop/run", **SMALL)
    assert run.is_copy
    before = (run.path / "metrics.json").read_bytes()
    assert run.evaluate("validate", data=data)
    assert (run.path / "metrics.json").read_bytes() == before
    assert not seqrec.fit("sasrec", data, out=tmp_path / "here", **SMALL).is_copy
