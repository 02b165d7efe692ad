"""`seqrec migrate`: specs of older formats, written anew; they mean what they meant."""

import json
import shutil
import stat
import warnings
from pathlib import Path

import pytest
from command_line import seqrec
from seqrec_tool_specs.migration import migrated_file

from seqrec_core.errors import SeqrecError
from seqrec_core.session import load_resolved

STORED = Path(__file__).parents[3] / "core" / "bundles"
SEEN = {"type": "seqrec-postprocessor-seen:seen_items", "seen_items_column": "mine"}
ITEM = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 50}
METRICS = {"type": "metrics", "ks": [7, 10], "postprocessors": [SEEN]}
OLD = {
    "$schema": "schema.json",
    "seqrec": 1,
    "schema": {"features": [ITEM]},
    "trainer": {"max_epochs": 3, "metrics": METRICS, "type": "lightning"},
    "model": {"type": "sasrec", "embedding_dim": 8, "num_heads": 2},
}
YAML = """
# kept for a year
schema:
  features: [{name: item_id, type: categorical, hint: item_id, cardinality: 50}]
model: {type: sasrec, embedding_dim: 8, num_heads: 2}
trainer: {type: lightning, metrics: {postprocessors: []}}
"""


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(OLD))
    return path


@pytest.mark.parametrize("path", sorted(STORED.glob("trained/*/spec.json")), ids=str)
def test_stored_specs_resolve_to_the_recipe_that_they_were(path, tmp_path):
    copy = Path(shutil.copy(path, tmp_path))
    before = load_resolved(copy).recipe
    done = seqrec("migrate", copy)
    assert done.returncode == 0, done.stderr
    assert load_resolved(copy).recipe == before
    written = json.loads(copy.read_text())
    assert next(iter(written.items())) == ("seqrec", 2)
    assert written == json.loads(path.read_text()) | {"seqrec": 2}


def test_the_difference_is_shown_and_the_file_says_the_same_in_the_order_it_had(old):
    before = load_resolved(old).recipe
    done = seqrec("migrate", old)
    assert done.returncode == 0, done.stderr
    rows = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.strip()]
    assert done.stdout.split()[:3] == ["path", "old", "new"]
    assert {"seqrec", "postprocessors", "trainer.metrics.postprocessors"} <= {r[0] for r in rows}
    text = old.read_text()
    new = json.loads(text)
    assert text == json.dumps(new, indent=2) + "\n"
    assert list(new) == ["seqrec", "$schema", "schema", "trainer", "model", "postprocessors"]
    assert list(new["trainer"]) == list(OLD["trainer"])
    assert new["trainer"]["metrics"] == {"type": "metrics", "ks": [7, 10]}
    assert new["postprocessors"] == [SEEN]
    assert load_resolved(old).recipe == before
    assert sorted(path.name for path in old.parent.iterdir()) == ["spec.json"]


def test_what_is_of_today_stays_as_it_is(old):
    seqrec("migrate", old)
    old.write_text(text := json.dumps(json.loads(old.read_text())))
    done = seqrec("migrate", old, "--out", old.with_name("new.json"))
    assert done == (0, f"{old}: is of format 2 already; nothing is written\n", "")
    assert old.read_text() == text
    assert not old.with_name("new.json").exists()


def test_a_dry_run_and_another_place_leave_the_file_alone(old):
    text = old.read_text()
    done = seqrec("migrate", old, "--dry-run")
    assert done.returncode == 0
    assert "trainer.metrics.postprocessors" in done.stdout
    assert done.stdout.endswith("nothing is written: --dry-run\n")
    new = old.with_name("new.json")
    assert seqrec("migrate", old, "--out", new).returncode == 0
    assert old.read_text() == text
    assert load_resolved(new).recipe == load_resolved(old).recipe


def test_only_the_file_itself_is_migrated_not_what_it_extends(old):
    child = old.with_name("child.json")
    child.write_text('{"extends": "spec.json", "trainer": {"metrics": {"ks": [9]}}, "x": 0.10}')
    text = old.read_text()
    assert seqrec("migrate", child).returncode == 0
    assert old.read_text() == text
    new = {"seqrec": 2, "extends": "spec.json", "trainer": {"metrics": {"ks": [9]}}, "x": 0.1}
    assert json.loads(child.read_text()) == new
    done = seqrec("validate", child)
    assert done.returncode == 2
    assert done.stderr.startswith("x: unknown key")


def test_a_warning_of_a_migration_is_shown(old):
    old.write_text(json.dumps(OLD | {"trainer": {"type": "lightning", "metrics": "metrics"}}))
    with pytest.warns(UserWarning, match="filter nothing"):
        recipe = load_resolved(old).recipe
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        done = seqrec("migrate", old)
    assert done.returncode == 0
    assert done.stderr.startswith("warning: trainer.metrics: in a spec of format 1")
    assert json.loads(old.read_text())["postprocessors"] == []
    assert load_resolved(old).recipe == recipe


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("spec.yaml", YAML),
        (
            "spec.toml",
            'trainer = {type = "lightning", metrics = {postprocessors = []}}\n'
            'model = {type = "sasrec", embedding_dim = 8, num_heads = 2}\n[[schema.features]]\n'
            'name = "item_id"\ntype = "categorical"\nhint = "item_id"\ncardinality = 50',
        ),
    ],
)
def test_toml_and_yaml_become_json_at_another_place(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    refused = seqrec("migrate", path)
    assert refused.returncode == 2
    assert f"{path}: specs are written as JSON; choose --out {tmp_path}/spec.json" in refused.stderr
    assert seqrec("migrate", path, "--dry-run").returncode == 0
    assert [each.name for each in tmp_path.iterdir()] == [name]
    done = seqrec("migrate", path, "--out", tmp_path / "spec.json")
    assert done.returncode == 0, done.stderr
    assert path.read_text() == text
    recipe = load_resolved(tmp_path / "spec.json").recipe
    assert recipe == load_resolved(path).recipe
    assert recipe.postprocessors == ()


def test_bundles_and_other_places_are_refused_with_the_remedy(old, tmp_path):
    (tmp_path / "there.json").write_text("{}")
    for words, arguments in {
        "runs and other bundles are read as they are": (STORED / "trained" / "sasrec",),
        "is the lock of a bundle": (STORED / "sasrec" / "spec.lock.json",),
        "there.json exists; choose another --out": (old, "--out", tmp_path / "there.json"),
        f"choose --out {tmp_path}/new.json": (old, "--out", tmp_path / "sub" / "new.json"),
        "choose --out new.json": (old, "--out", "new.yaml"),
        "cannot be read": (tmp_path / "absent.json",),
    }.items():
        done = seqrec("migrate", *arguments)
        assert done.returncode == 2
        assert words in done.stderr
    assert json.loads(old.read_text()) == OLD


@pytest.mark.parametrize("written", ["2", 2.0, 0, None, True, 3])
def test_a_format_that_is_none_is_a_fault(old, written):
    old.write_text(json.dumps(OLD | {"seqrec": written}))
    with pytest.raises(SeqrecError, match="seqrec: is "):
        migrated_file(old)


def test_links_modes_and_any_text_survive(old):
    old.write_text(json.dumps(OLD | {"note": "é 🐟"}))
    old.chmod(0o600)
    link = old.with_name("link.json")
    link.symlink_to(old)
    assert seqrec("migrate", link).returncode == 0
    assert link.is_symlink()
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert json.loads(old.read_text())["note"] == "é 🐟"
    assert "é" in old.read_text()
