"""Files of components in a bundle, and what answers without the data and what trained it."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from changed_lock import change_lock, forget_digests
from seqrec_fake_serving import REGISTERED

from seqrec_core import Bundle, load, registry, resolve
from seqrec_core.build import Runtime, build_model, build_part
from seqrec_core.errors import BuildError, BundleError, PluginFaultError

ITEMS = pa.table({"item": ["a", "b"], "count": [3, 1]})


@pytest.fixture
def filtered(data, tmp_path):
    """Plain data of a spec with filters that read train.parquet, which is there."""
    components = [registry.register(name, cls) for name, cls in REGISTERED.items()]
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"item": [5, 3]}), tmp_path / "data" / "train.parquet")
    data["data"]["folder"] = str(tmp_path / "data")
    data["data"]["transforms"] = {"predict": [{"type": "fake_transform", "column": "item_id"}]}
    data |= {"trainer": {"type": "fake_trainer"}, "trackers": []}
    data["postprocessors"] = [{"type": "keeping"}]
    yield data
    for component in components:
        registry.unregister(component)


def written(data, folder):
    """A bundle of a model with all that a run builds."""
    recipe = resolve(load(data))
    runtime = Runtime.of(recipe)
    model = build_model(recipe, runtime)
    for name in ("data", "trainer"):
        build_part(getattr(recipe, name), runtime, name)
    assert runtime.postprocessors is runtime.postprocessors
    return Bundle.write(folder, model, recipe, {}, ITEMS, runtime.trace)


def test_a_component_that_keeps_its_files_is_served_without_the_data(filtered, tmp_path):
    path = written(filtered, tmp_path / "bundle").path
    assert [folder.name for folder in (path / "assets").iterdir()] == ["postprocessors[0]"]
    shutil.rmtree(tmp_path / "data")
    serving = Bundle.load(path).serving()
    [keeping] = serving.postprocessors
    assert (keeping.items, keeping.data_dir, keeping.length) == ([5, 3], None, 5)
    [transform] = serving.transforms
    assert (transform.column, transform.length) == ("item_id", 5)
    assert serving.items.equals(ITEMS)
    assert serving.spec == Bundle.load(path).recipe.model
    assert serving.schema.item_id_feature_name == "item_id"
    assert not serving.model.training
    expected = Bundle.load(path).model.state_dict()
    assert all(torch.equal(v, expected[k]) for k, v in serving.model.state_dict().items())
    places = [part.path for part in serving.parts]
    assert places[-2:] == ["data.transforms.predict[0]", "postprocessors[0]"]


def test_a_bundle_is_read_as_it_was_trained_by_what_builds_its_run(filtered, tmp_path):
    bundle = Bundle.load(written(filtered, tmp_path / "bundle").path)
    pq.write_table(pa.table({"item": [1]}), tmp_path / "data" / "train.parquet")
    assert [filter_.items for filter_ in bundle.runtime().postprocessors] == [[5, 3]]


def test_a_component_that_keeps_nothing_is_named_where_the_data_is_gone(filtered, tmp_path):
    filtered["postprocessors"] = [{"type": "forgetful"}]
    path = written(filtered, tmp_path / "bundle").path
    assert not (path / "assets").exists()
    assert Bundle.load(path).serving().postprocessors[0].items == [5, 3]
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    with pytest.raises(BundleError) as caught:
        Bundle.load(path).serving()
    said = str(caught.value)
    assert said.startswith(
        "postprocessors[0] (postprocessor 'forgetful' of local): build failed: Fi"
    )
    assert said.endswith(
        "It reads the data folder, which is not there: give it as data_dir, or let the component "
        "keep what it reads by save_assets and load_assets"
    )
    there = Bundle.load(path, data_dir=tmp_path / "elsewhere").serving()
    assert there.postprocessors[0].items == [5, 3]


def test_files_of_components_that_are_gone_are_removed(filtered, tmp_path):
    path = written(filtered, tmp_path / "bundle").path
    filtered["postprocessors"] = []
    written(filtered, path)
    assert not (path / "assets").exists()


def test_saving_that_fails_names_the_component(filtered, tmp_path, monkeypatch):
    monkeypatch.setattr("seqrec_fake_serving.Keeping.save_assets", lambda self, folder: 1 / 0)
    with pytest.raises(
        PluginFaultError, match=r"^postprocessors\[0\] \(postprocessor 'keeping' of"
    ):
        written(filtered, tmp_path / "bundle")


def test_answers_need_neither_trainer_nor_data_module(filtered, tmp_path):
    path = written(filtered, tmp_path / "bundle").path

    def change(lock):
        for part in ("data", "trainer"):
            lock[part]["type"] = f"acme-runs:{part}"
            lock["components"][f"acme-runs:{part}"] = {"version": 1, "distribution": "2.0"}
        lock["distributions"]["acme-runs"] = {"version": "2.0", "digest": "sha256:0"}

    change_lock(path, change)
    serving = Bundle.load(path).serving()
    assert (len(serving.transforms), len(serving.postprocessors)) == (1, 1)
    for part in ("recipe", "model"):
        with pytest.raises(BundleError, match=r"pip install acme-runs==2\.0"):
            getattr(Bundle.load(path), part)


def content(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_part_that_fails_while_it_saves_costs_nothing_that_was_there(
    filtered, tmp_path, monkeypatch
):
    def fail(self, folder):
        (folder / "half").touch()
        raise OSError("disk full")

    path = written(filtered, tmp_path / "bundle").path
    before = content(path)
    monkeypatch.setattr("seqrec_fake_serving.Keeping.save_assets", fail)
    filtered["seed"] = 8  # other weights
    with pytest.raises(PluginFaultError, match=r"fail failed: OSError: disk full"):
        written(filtered, path)
    assert content(path) == before


def test_assets_have_any_names(filtered, tmp_path, monkeypatch):
    def save(self, folder):
        for name in ("a b", "ümlaut", "deep/er/.hidden"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)

    def load_files(self, folder):
        files = [file for file in folder.rglob("*") if file.is_file()]
        self.items = {str(file.relative_to(folder)): file.read_text() for file in files}

    monkeypatch.setattr("seqrec_fake_serving.Keeping.save_assets", save)
    monkeypatch.setattr("seqrec_fake_serving.Keeping.load_assets", load_files)
    [keeping] = written(filtered, tmp_path / "bundle").serving().postprocessors
    assert keeping.items == {name: name for name in ("a b", "ümlaut", "deep/er/.hidden")}


def test_assets_that_cannot_be_read_name_the_component_and_no_other_remedy(filtered, tmp_path):
    path = written(filtered, tmp_path / "bundle").path
    (path / "assets" / "postprocessors[0]" / "items.json").unlink()
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(BundleError, match=r"assets/postprocessors\[0\]/items.json is missing"):
        Bundle.load(path).serving()
    forget_digests(path)
    with pytest.raises(BuildError, match=r"^postprocessors\[0\] .*FileNotFoundError") as caught:
        Bundle.load(path).serving()
    assert "It reads the data folder" not in str(caught.value)


def test_a_folder_of_assets_that_is_missing_is_made_up_for_by_the_data(filtered, tmp_path):
    path = written(filtered, tmp_path / "bundle").path
    shutil.rmtree(path / "assets")
    forget_digests(path)
    assert Bundle.load(path).serving().postprocessors[0].items == [5, 3]
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(BundleError, match=r"^postprocessors\[0\] .*It reads the data folder"):
        Bundle.load(path).serving()


@pytest.mark.parametrize("table", [{}, {"folder": 3}, None])
def test_what_answers_does_not_mind_the_data_that_a_lock_names(filtered, tmp_path, table):
    path = written(filtered, tmp_path / "bundle").path
    change_lock(path, lambda lock: lock.update(data=table))
    assert Bundle.load(path).serving().postprocessors[0].items == [5, 3]
