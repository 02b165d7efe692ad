import json

import pyarrow as pa
import pytest
import torch
from seqrec_fake.specs import FakeLossSpec

from seqrec_core import Bundle, build, load, registry, resolve
from seqrec_core.errors import BundleError, RegistryError
from seqrec_core.registry import registry as registry_module


@pytest.fixture
def bundle(data, tmp_path):
    recipe = load(data, [f"data.folder={tmp_path / 'data'}"])
    return Bundle.write(tmp_path / "bundle", build(recipe), recipe, metrics={"ndcg@10": 0.5})


def test_a_bundle_gives_back_recipe_weights_and_metrics(bundle, data, tmp_path):
    loaded = Bundle.load(bundle.path)
    assert loaded.recipe == resolve(load(data, [f"data.folder={tmp_path / 'data'}"]))
    expected = build(load(data)).state_dict()
    assert all(torch.equal(v, expected[k]) for k, v in loaded.model.state_dict().items())
    assert not loaded.model.training
    assert loaded.metrics == {"ndcg@10": 0.5}
    assert loaded.items is None


def test_the_lock_records_component_versions(bundle):
    lock = json.loads((bundle.path / "spec.lock.json").read_text())
    assert lock["components"]["local:fake_loss"] == {"version": 1, "distribution": "0"}
    assert lock["model"]["loss"] == {"type": "local:fake_loss", "scale": 1.0}


def test_a_lock_is_a_spec_too(bundle):
    assert resolve(load(bundle.path / "spec.lock.json")) == Bundle.load(bundle.path).recipe


def test_bundle_and_data_can_move_together(data, tmp_path):
    recipe = load(data, [f"data.folder={tmp_path / 'here' / 'data'}"])
    Bundle.write(tmp_path / "here" / "bundle", build(recipe), recipe)
    (tmp_path / "here").rename(tmp_path / "there")
    moved = tmp_path / "there" / "bundle"
    assert Bundle.load(moved).recipe.data.folder == str(tmp_path / "there" / "data")
    elsewhere = Bundle.load(moved, data_dir=tmp_path / "elsewhere")
    assert elsewhere.recipe.data.folder == str(tmp_path / "elsewhere")


def test_a_directory_that_is_no_bundle_says_what_is_missing(tmp_path):
    with pytest.raises(BundleError, match=r"has no spec\.lock\.json"):
        Bundle.load(tmp_path)


def test_a_missing_plugin_gives_the_install_line(bundle):
    lock = bundle.path / "spec.lock.json"
    data = json.loads(lock.read_text())
    data["model"]["loss"] = {"type": "acme-loss:acme"}
    data["components"]["acme-loss:acme"] = {"version": 1, "distribution": "1.2"}
    data["distributions"] = {"acme-loss": {"version": "1.2", "digest": "sha256:0"}}
    lock.write_text(json.dumps(data))
    with pytest.raises(BundleError, match=r"pip install acme-loss==1\.2"):
        Bundle.load(bundle.path)


def test_weights_of_another_model_are_an_error(bundle, data, tmp_path):
    data["schema"]["features"][0]["cardinality"] = 21
    recipe = load(data)
    other = Bundle.write(tmp_path / "other", build(recipe), recipe)
    (bundle.path / "model.safetensors").write_bytes((other.path / "model.safetensors").read_bytes())
    with pytest.raises(BundleError, match="does not fit the model"):
        _ = Bundle.load(bundle.path).model


@pytest.mark.parametrize(
    "table", [None, {"seqrec-norm-standard": {"version": "0.1.0"}}, {"seqrec-norm-standard": 1}]
)
def test_a_damaged_table_of_distributions_is_an_error(bundle, table):
    lock = bundle.path / "spec.lock.json"
    lock.write_text(json.dumps(json.loads(lock.read_text()) | {"distributions": table}))
    with pytest.raises(BundleError, match=r"spec\.lock\.json is damaged: .*restore"):
        Bundle.load(bundle.path)


def test_weights_that_are_cut_short_are_an_error(bundle):
    weights = bundle.path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    with pytest.raises(BundleError, match=r"model\.safetensors does not fit"):
        _ = Bundle.load(bundle.path).model


def test_metrics_that_are_cut_short_are_an_error(bundle):
    (bundle.path / "metrics.json").write_text('{"ndcg@10": 0.')
    with pytest.raises(BundleError, match=r"metrics\.json is damaged"):
        _ = bundle.metrics


def test_a_bundle_in_the_place_of_another_keeps_nothing_of_it(bundle):
    (bundle.path / "items.parquet").touch()
    again = Bundle.write(bundle.path, bundle.model, bundle.recipe)
    assert again.metrics == {}
    assert again.items is None


def test_a_recipe_that_cannot_be_written_leaves_the_old_bundle_alone(bundle):
    before = {file: file.read_bytes() for file in bundle.path.iterdir()}
    recipe = bundle.recipe
    registry.unregister(registry["loss", "fake_loss"])
    with pytest.raises(RegistryError):
        Bundle.write(bundle.path, torch.nn.Linear(1, 1), recipe)
    registry.register("fake_loss", FakeLossSpec)
    assert {file: file.read_bytes() for file in bundle.path.iterdir()} == before


def test_other_code_of_a_plugin_than_at_the_time_is_a_warning(data, tmp_path):
    data["model"]["encoder"]["norm"] = {"type": "layer_norm"}
    recipe = load(data)
    path = Bundle.write(tmp_path / "bundle", build(recipe), recipe).path
    Bundle.load(path)  # the same code: silent, as warnings are errors here
    lock = json.loads((path / "spec.lock.json").read_text())
    lock["distributions"]["seqrec-norm-standard"]["digest"] = "sha256:0"
    (path / "spec.lock.json").write_text(json.dumps(lock))
    with pytest.warns(RuntimeWarning, match=r"other code of seqrec-norm-standard .*pip install"):
        Bundle.load(path)


ITEMS = pa.table({"item": ["a", "b"], "count": [3, 1]})


def test_items_are_a_table_that_is_written_once(bundle):
    def write(items):
        again = Bundle.write(bundle.path, bundle.model, bundle.recipe, items=items)
        return again, again.items.stat().st_mtime_ns if again.items else None

    first, moment = write(ITEMS)
    assert first.item_table.equals(ITEMS)
    assert write(pa.table(ITEMS))[1] == moment
    other = ITEMS.set_column(1, "count", pa.array([3, 2]))
    assert write(other)[0].item_table.equals(other)
    assert write(None)[0].item_table is None


def test_writing_again_resolves_and_digests_nothing(data, tmp_path, monkeypatch):
    data["model"]["encoder"]["norm"] = {"type": "layer_norm"}
    recipe = resolve(load(data))
    model = build(recipe)
    Bundle.write(tmp_path, model, recipe)
    before = (tmp_path / "spec.lock.json").read_bytes()
    monkeypatch.setattr("seqrec_core.reading.resolve._Resolver.fill_recipe", None)
    monkeypatch.setattr(registry_module, "digest_of", None)
    Bundle.write(tmp_path, model, recipe)
    assert (tmp_path / "spec.lock.json").read_bytes() == before


def content(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_metrics_that_no_file_can_hold_cost_nothing_either(bundle):
    before = content(bundle.path)
    with pytest.raises(TypeError):
        Bundle.write(bundle.path, bundle.model, bundle.recipe, {"loss": torch.tensor(1.0)})
    assert content(bundle.path) == before


def test_a_table_without_rows_is_a_table(bundle):
    nothing = ITEMS.slice(0, 0)
    for _ in range(2):
        again = Bundle.write(bundle.path, bundle.model, bundle.recipe, items=nothing)
        assert again.item_table.equals(nothing)


def test_a_damaged_table_is_written_anew(bundle):
    (bundle.path / "items.parquet").write_bytes(b"no parquet")
    again = Bundle.write(bundle.path, bundle.model, bundle.recipe, items=ITEMS)
    assert again.item_table.equals(ITEMS)


@pytest.mark.parametrize("text", ["[1]", "3", '"a"', "{", "null"])
def test_metrics_that_are_no_object_are_an_error(bundle, text):
    (bundle.path / "metrics.json").write_text(text)
    with pytest.raises(BundleError, match=r"metrics\.json is damaged"):
        _ = bundle.metrics
