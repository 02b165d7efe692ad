import json

import pyarrow as pa
import pytest
import torch
from changed_lock import change_lock, forget_digests
from safetensors.torch import save_model
from seqrec_fake.specs import FakeLossSpec

from seqrec_core import Bundle, build, load, registry, resolve
from seqrec_core.errors import BundleError, RegistryError, SpecError
from seqrec_core.lock import check_code
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
    def change(lock):
        lock["model"]["loss"] = {"type": "acme-loss:acme"}
        lock["components"]["acme-loss:acme"] = {"version": 1, "distribution": "1.2"}
        lock["distributions"] = {"acme-loss": {"version": "1.2", "digest": "sha256:0"}}

    change_lock(bundle.path, change)
    with pytest.raises(BundleError, match=r"pip install acme-loss==1\.2"):
        Bundle.load(bundle.path)


def test_weights_of_another_model_are_an_error(bundle, data, tmp_path):
    data["schema"]["features"][0]["cardinality"] = 21
    recipe = load(data)
    other = Bundle.write(tmp_path / "other", build(recipe), recipe)
    (bundle.path / "model.safetensors").write_bytes((other.path / "model.safetensors").read_bytes())
    with pytest.raises(BundleError, match=r"model\.safetensors is damaged: it is not the file"):
        _ = Bundle.load(bundle.path).model
    forget_digests(bundle.path)
    with pytest.raises(BundleError, match="does not fit the model"):
        _ = Bundle.load(bundle.path).model


@pytest.mark.parametrize(
    "table", [None, {"seqrec-norm-standard": {"version": "0.1.0"}}, {"seqrec-norm-standard": 1}]
)
def test_a_damaged_table_of_distributions_is_an_error(bundle, table):
    change_lock(bundle.path, lambda lock: lock.update(distributions=table))
    with pytest.raises(BundleError, match=r"spec\.lock\.json is damaged: .*restore"):
        Bundle.load(bundle.path)


def test_weights_that_are_cut_short_are_an_error(bundle):
    weights = bundle.path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    with pytest.raises(BundleError, match=r"model\.safetensors is damaged: .*restore it"):
        _ = Bundle.load(bundle.path).model
    forget_digests(bundle.path)
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
    other = {"seqrec-norm-standard": {"version": "0.1.0", "digest": "sha256:0"}}
    change_lock(path, lambda lock: lock["distributions"].update(other))
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
    forget_digests(bundle.path)
    (bundle.path / "metrics.json").write_text(text)
    with pytest.raises(BundleError, match=r"metrics\.json is damaged"):
        _ = bundle.metrics


def test_a_lock_that_was_changed_is_named_and_says_how_to_keep_the_change(bundle):
    path = bundle.path / "spec.lock.json"
    text = path.read_text()
    path.write_text(text.replace('"seed": 7', '"seed": 3'))
    with pytest.raises(BundleError, match=r'lock\.json is damaged: .*take out its "digest"'):
        Bundle.load(bundle.path)
    change_lock(bundle.path, lambda lock: None)
    assert Bundle.load(bundle.path).recipe.seed == 3
    for damaged in ("", text[:-9], "[]"):
        path.write_text(damaged)
        with pytest.raises(SpecError, match=r"spec\.lock\.json"):
            Bundle.load(bundle.path)


@pytest.mark.parametrize("name", ["metrics.json", "items.parquet"])
def test_files_beside_the_weights_are_compared_when_they_are_read(bundle, name):
    Bundle.write(bundle.path, bundle.model, bundle.recipe, {"a": 1}, ITEMS)
    path = bundle.path / name
    good = path.read_bytes()
    for damaged in (None, b"", good[:-1], good[:9] + b"!" + good[10:]):
        path.unlink() if damaged is None else path.write_bytes(damaged)
        loaded = Bundle.load(bundle.path)
        with pytest.raises(BundleError, match=f"{name} is (missing|damaged)"):
            _ = loaded.metrics, loaded.item_table
    Bundle.write(bundle.path, bundle.model, bundle.recipe)
    path.write_bytes(good)
    loaded = Bundle.load(bundle.path)
    with pytest.raises(BundleError, match=f"{name} is not of this bundle"):
        _ = loaded.metrics, loaded.item_table


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_neither_written_nor_read(bundle, value):
    model = bundle.model
    name, parameter = next(iter(model.named_parameters()))
    with torch.no_grad():
        parameter.flatten()[1:3] = value
    fault = rf"2 of {parameter.numel()} values of {name} are NaN or infinite"
    before = content(bundle.path)
    with pytest.raises(BundleError, match=rf"not written: {fault}"):
        Bundle.write(bundle.path, model, bundle.recipe)
    assert content(bundle.path) == before
    save_model(model, bundle.path / "model.safetensors")
    forget_digests(bundle.path)
    with pytest.raises(BundleError, match=rf"model\.safetensors: {fault}"):
        _ = Bundle.load(bundle.path).model


@pytest.mark.parametrize(
    ("name", "version"),
    [("--index-url=http://x.org", "1"), ("a; rm -rf ~", "1"), ("acme", "1 && \x1b[2J"), ("", "1")],
)
def test_no_shell_line_is_made_of_what_is_no_distribution(bundle, name, version):
    row = {"version": version, "digest": "sha256:0"}
    lock = json.loads((bundle.path / "spec.lock.json").read_text())
    lock |= {"distributions": {name: row}, "components": {}}
    with pytest.raises(BundleError, match="a distribution that can be none") as caught:
        check_code(lock, bundle.path, registry)
    assert "pip install" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_lock_that_leads_elsewhere_needs_trust(bundle):
    change_lock(bundle.path, lambda lock: lock["model"].update(tags=["/etc/passwd"]))
    with pytest.raises(BundleError, match=r"'model\.tags\[0\]' leads out of .*'/etc/passwd'"):
        Bundle.load(bundle.path)
    assert Bundle.load(bundle.path, trust=True).recipe.model.tags == ("/etc/passwd",)


def test_numbers_are_added_to_the_metrics_and_those_that_are_none_left_out(bundle):
    bundle.update_metrics({"a": 1.5, "b": float("nan"), "c": float("inf")})
    bundle.update_metrics({"a": 2})
    assert Bundle.load(bundle.path).metrics == {"ndcg@10": 0.5, "a": 2}
    forget_digests(bundle.path)
    bundle.update_metrics({"a": 3})
    assert Bundle.load(bundle.path).metrics["a"] == 3
    assert "files" not in json.loads((bundle.path / "spec.lock.json").read_text())
    (bundle.path / "metrics.json").write_text("{")
    with pytest.raises(BundleError, match=r"metrics\.json is damaged"):
        bundle.update_metrics({"a": 4})
