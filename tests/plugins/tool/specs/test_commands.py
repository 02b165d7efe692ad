"""`diff`, `schema` and `init`, as a shell sees them."""

import json
import os
import subprocess
import sys

import pytest
from command_line import seqrec

from seqrec_core.bundle import Bundle


@pytest.fixture
def spec(tmp_path):
    def write(**changes):
        data = {
            "seqrec": 2,
            "schema": {
                "features": [
                    {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 50}
                ]
            },
            "model": {"type": "sasrec", "embedding_dim": 8, "num_heads": 2, **changes},
        }
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(data))
        return path

    return write


def test_diff_shows_what_two_specs_say_differently(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    two = spec(dropout=0.1)
    done = seqrec("diff", one, two)
    assert done.returncode == 0, done.stderr
    assert "model.dropout" in done.stdout
    assert "0.3" in done.stdout
    assert seqrec("diff", one, one).stdout == "no difference\n"


def test_diff_counts_parameters(spec, tmp_path):
    one = spec(embedding_dim=8, num_heads=2, num_blocks=1).rename(tmp_path / "one.json")
    two = spec(embedding_dim=8, num_heads=2, num_blocks=2)
    block = 4 * 8 * 8 + 4 * 8 + 2 * (8 * 8 + 8) + 2 * 2 * 8  # attention, feed-forward, two norms
    done = seqrec("diff", one, two)
    assert f"a difference of +{block}" in done.stdout


@pytest.fixture
def bundle(spec, tmp_path):
    def write(name, ndcg, *changes):
        changes = [word for change in changes for word in ("--set", change)]
        done = seqrec("build", spec(), "--out", tmp_path / name, *changes)
        assert done.returncode == 0, done.stderr
        Bundle(tmp_path / name).update_metrics({"test/ndcg@10": ndcg, "epoch": 3})
        return tmp_path / name

    return write


def test_diff_of_bundles_tells_specs_metrics_and_weights_apart(bundle):
    one, same, two = bundle("one", 0.5), bundle("same", 0.5), bundle("two", 0.75, "seed=9")
    nothing = "no difference\nmetrics: no difference\nweights: no difference\n"
    assert seqrec("diff", one, same).stdout == nothing
    done = seqrec("diff", one, two)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["test/ndcg@10", "0.5", "0.75"] in lines
    assert any(line[:1] == ["seed"] for line in lines)
    assert "parameters:" in done.stdout
    assert "other values" in done.stdout
    assert "epoch" not in done.stdout


def test_diff_takes_bundles_and_specs_in_any_mix(bundle, spec):
    folder = bundle("one", 0.5, "model.dropout=0.1")
    path = spec()
    for pair in ((folder, path), (path, folder), (folder / "spec.lock.json", path)):
        done = seqrec("diff", *pair)
        assert done.returncode == 0, done.stderr
        assert "model.dropout" in done.stdout
        assert "components" not in done.stdout
        assert "weights" not in done.stdout
    done = seqrec("diff", folder, spec(num_heads=3))
    assert done.returncode == 2
    assert "model.type" in done.stdout
    assert "distributions" not in done.stdout


def test_diff_names_a_folder_without_a_lock(spec, tmp_path):
    done = seqrec("diff", tmp_path, spec())
    assert done.returncode == 2
    assert f"{tmp_path} holds no spec.lock.json; name a spec, a run" in done.stderr


def test_diff_without_torch_says_why_nothing_is_counted(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch')")
    code = "from seqrec_core.cli import main; main()"
    command = [sys.executable, "-c", code, "diff", str(one), str(spec(dropout=0.1))]
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert "model.dropout" in done.stdout
    assert (
        "parameters are not counted: a model is built with torch: No module named torch"
        in done.stdout
    )


def test_diff_with_a_missing_plugin_compares_what_is_written(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    done = seqrec("diff", one, spec(loss={"type": "acme-loss:gone"}))
    assert done.returncode == 2
    assert "acme-loss:gone" in done.stdout
    assert "it comes with 'acme-loss', which no table of known plugins has" in done.stderr


def test_diff_compares_what_is_written_where_only_resolving_shows_a_fault(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    two = spec(num_heads=3)
    done = seqrec("diff", one, two)
    assert done.returncode == 2
    assert "model.num_heads" in done.stdout
    assert f"{two}: model.num_heads: 3 does not divide" in done.stderr
    assert str(one) not in done.stderr


def test_brackets_in_values_are_printed_as_they_are(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    two = spec(mask={"type": "causal", "reference_feature_name": "a[/red]:cat:"})
    done = seqrec("diff", one, two)
    assert done.returncode == 0, done.stderr
    assert "a[/red]:cat:" in done.stdout


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").touch()
    done = seqrec("schema", "--out", tmp_path / "file" / "schema")
    assert done.returncode == 2
    assert f"{tmp_path / 'file'}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("text", "words"), [("{", "schema.json: is not JSON"), ("{}", "features")])
def test_init_names_a_damaged_schema(tmp_path, text, words):
    (tmp_path / "schema.json").write_text(text)
    done = seqrec("init", "sasrec", "--data", tmp_path, "--out", tmp_path / "spec.json")
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "spec.json").exists()


def test_the_schema_is_json():
    done = seqrec("schema")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["$schema"].endswith("2020-12/schema")


def test_init_writes_a_spec_with_the_changes_and_replaces_none_unasked(tmp_path):
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 9}
    (tmp_path / "schema.json").write_text(json.dumps({"features": [feature]}))
    out = tmp_path / "new" / "spec.json"
    command = ("init", "sasrec", "--data", tmp_path, "--out", out, "--set", "model.dropout=0.5")
    done = seqrec(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"spec: {out}\nnext: seqrec fit {out} --out run\n"
    assert json.loads(out.read_text())["model"]["dropout"] == 0.5
    again = seqrec(*command)
    assert again.returncode == 2
    assert "replace it with --force" in again.stderr
    assert seqrec(*command, "--force").returncode == 0


@pytest.mark.parametrize("suffix", ["toml", "yaml", "YML"])
def test_init_writes_json_and_nothing_else(tmp_path, suffix):
    out = tmp_path / f"spec.{suffix}"
    done = seqrec("init", "sasrec", "--data", tmp_path, "--out", out)
    assert done.returncode == 2
    assert f"specs are written as JSON; choose --out {tmp_path / 'spec.json'}" in done.stderr
    assert not out.exists()


def test_init_takes_the_names_of_trainer_and_data_module(tmp_path):
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 9}
    (tmp_path / "schema.json").write_text(json.dumps({"features": [feature]}))
    out = tmp_path / "spec.json"
    command = ("init", "sasrec", "--data", tmp_path, "--out", out)
    names = ("--data-module", "seqrec-datamodule-parquet:parquet", "--trainer")
    done = seqrec(*command, *names, "lightning")
    assert done.returncode == 0, done.stderr
    written = json.loads(out.read_text())
    assert written["seqrec"] == 2
    assert written["data"]["type"] == "seqrec-datamodule-parquet:parquet"
    again = seqrec(*command, "--force", *names, "lightening")
    assert again.returncode == 2
    assert "did you mean 'lightning'?" in again.stderr


def test_init_lists_presets_and_needs_a_name_and_data_for_a_spec(tmp_path):
    rows = json.loads(seqrec("init", "--list", "--json").stdout)
    assert {"name", "about", "parameters", "published", "distribution"} <= rows[0].keys()
    assert rows[0]["name"] in seqrec("init", "--list").stdout
    for words, message in [
        ((), "--list"),
        (("sasrec",), "'--data': missing"),
        (("sasrec", "--data", tmp_path, "--json"), "goes with --list"),
    ]:
        done = seqrec("init", *words)
        assert done.returncode == 2
        assert message in done.stderr
