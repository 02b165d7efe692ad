import json
import os
import subprocess
import sys

import pytest

SEQREC = [sys.executable, "-c", "from seqrec_core.cli import main; main()"]


def run(*arguments, **env):
    return subprocess.run(
        [*SEQREC, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | env,
        timeout=60,
    )


def imported_by(*arguments):
    """Names of top-level modules that a command imports."""
    code = (
        "import sys, json; from seqrec_core.cli import app; sys.argv[1:] = json.loads(sys.argv[1])"
        "\ntry: app()\nexcept SystemExit as e: assert not e.code, e.code"
        "\nprint(json.dumps(sorted(sys.modules)))"
    )
    arguments = json.dumps([str(a) for a in arguments])
    done = subprocess.run(
        [sys.executable, "-c", code, arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_listing_plugins_imports_neither_torch_nor_a_plugin():
    modules = imported_by("plugins", "list")
    assert "torch" not in modules
    plugins = {m for m in modules if m.startswith("seqrec_") and not m.startswith("seqrec_core")}
    assert not plugins


def test_listing_shows_components():
    done = run("plugins", "list", "loss")
    assert done.returncode == 0
    assert "seqrec-loss-ce" in done.stdout


def test_an_unknown_kind_exits_with_2_and_no_traceback():
    done = run("plugins", "list", "los")
    assert done.returncode == 2
    assert "did you mean 'loss'" in done.stderr
    assert "Traceback" not in done.stderr


def test_showing_a_component_lists_its_fields():
    done = run("plugins", "show", "loss", "ce_sampled")
    assert done.returncode == 0, done.stderr
    assert "negative_labels_ignore_index" in done.stdout
    assert "seqrec_loss_ce.ce:CESampled" in done.stdout


@pytest.fixture
def spec(tmp_path):
    def write(**changes):
        data = {
            "seqrec": 1,
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


def test_validating_a_good_spec_says_ok_without_torch(spec):
    path = spec()
    done = run("validate", path)
    assert (done.returncode, done.stdout) == (0, f"{path}: ok\n")
    assert "torch" not in imported_by("validate", path)


def test_five_mistakes_get_five_lines_exit_code_2_and_no_traceback(spec):
    path = spec(
        loss={"type": "ce_sampeld"},
        num_blocks="2",
        num_head=2,
        dropout=1.5,
        encoder={"num_blocks": 1},
    )
    done = run("validate", path)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = dict(line.split(": ", 1) for line in done.stderr.splitlines())
    assert list(lines) == [
        "model.num_head",
        "model.num_blocks",
        "model.dropout",
        "model.encoder.type",
        "model.loss.type",
    ]
    assert "did you mean 'num_heads'" in lines["model.num_head"]
    assert "did you mean 'ce_sampled'" in lines["model.loss.type"]
    assert "expected a whole number, got '2'" in lines["model.num_blocks"]


def test_resolve_prints_every_value_and_where_it_came_from(spec):
    path = spec()
    resolved = json.loads(run("resolve", path).stdout)
    assert resolved["model"]["loss"]["type"] == "seqrec-loss-ce:ce"
    assert resolved["model"]["encoder"]["embedding_dim"] == 8
    origins = run("resolve", path, "--origins").stdout
    assert "model.encoder.embedding_dim  ←  model.embedding_dim" in origins


def test_build_shows_the_parts_and_writes_a_bundle(spec, tmp_path):
    done = run("build", spec(), "--out", tmp_path / "bundle")
    assert done.returncode == 0, done.stderr
    for text in ("encoder: sasrec_transformer", "seqrec-encoder-sasrec", "(B, 50, 8)", "(B, 50)"):
        assert text in done.stdout
    assert (tmp_path / "bundle" / "model.safetensors").is_file()


def test_a_plan_of_a_billion_items_takes_no_memory(spec):
    path = spec()
    done = run("build", path, "--plan", "--set", "schema.features.0.cardinality=1000000000")
    assert done.returncode == 0, done.stderr
    assert "32 GB" in done.stdout


def test_diff_shows_what_two_specs_say_differently(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    two = spec(dropout=0.1)
    done = run("diff", one, two)
    assert done.returncode == 0, done.stderr
    assert "model.dropout" in done.stdout
    assert "0.3" in done.stdout
    assert run("diff", one, one).stdout == "no difference\n"


def test_diff_counts_parameters(spec, tmp_path):
    one = spec(embedding_dim=8, num_heads=2, num_blocks=1).rename(tmp_path / "one.json")
    two = spec(embedding_dim=8, num_heads=2, num_blocks=2)
    block = 4 * 8 * 8 + 4 * 8 + 2 * (8 * 8 + 8) + 2 * 2 * 8  # attention, feed-forward, two norms
    done = run("diff", one, two)
    assert f"a difference of +{block}" in done.stdout


def test_diff_without_torch_says_why_nothing_is_counted(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch')")
    done = run("diff", one, spec(dropout=0.1), PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "model.dropout" in done.stdout
    assert "parameters are not counted: No module named torch" in done.stdout


def test_diff_with_a_missing_plugin_compares_what_is_written(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    done = run("diff", one, spec(loss={"type": "acme-loss:gone"}))
    assert done.returncode == 2
    assert "acme-loss:gone" in done.stdout
    assert "pip install acme-loss" in done.stderr


def test_diff_compares_what_is_written_where_only_resolving_shows_a_fault(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    two = spec(num_heads=3)
    done = run("diff", one, two)
    assert done.returncode == 2
    assert "model.num_heads" in done.stdout
    assert f"{two}: model.num_heads: 3 does not divide" in done.stderr
    assert str(one) not in done.stderr


def test_brackets_in_values_are_printed_as_they_are(spec, tmp_path):
    one = spec().rename(tmp_path / "one.json")
    two = spec(mask={"type": "causal", "reference_feature_name": "a[/red]:cat:"})
    done = run("diff", one, two)
    assert done.returncode == 0, done.stderr
    assert "a[/red]:cat:" in done.stdout


@pytest.mark.parametrize("command", ["build {spec} --out {file}", "schema --out {file}/schema"])
def test_a_place_that_cannot_be_written_to_is_named(spec, tmp_path, command):
    (tmp_path / "file").touch()
    command = command.format(spec=spec(), file=tmp_path / "file")
    done = run(*command.split())
    assert done.returncode == 2
    assert f"{tmp_path / 'file'}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("text", "told"), [("{", "schema.json: is not JSON"), ("{}", "features")])
def test_init_names_a_damaged_schema(tmp_path, text, told):
    (tmp_path / "schema.json").write_text(text)
    done = run("init", "sasrec", "--data", tmp_path, "--out", tmp_path / "spec.json")
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "spec.json").exists()


def test_the_schema_is_json():
    done = run("schema")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["$schema"].endswith("2020-12/schema")
