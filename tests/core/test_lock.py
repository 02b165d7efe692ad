import json
import subprocess
import sys
from pathlib import Path

import pytest
from seqrec_fake_reranker import POINTS

from seqrec_core import Bundle, Session, load, registry, resolve
from seqrec_core import lock as lock_module
from seqrec_core.errors import BundleError, SpecError
from seqrec_core.lock import check_code, lock_of, resolve_serving
from seqrec_core.registry import Point, Registry
from seqrec_core.registry import registry as registry_module
from seqrec_core.session import load_raw
from seqrec_core.spec import Recipe

STORED = Path(__file__).parent / "bundles" / "trained"
NOT_SERVED = ("trainer", "optimizer", "scheduler", "callback", "datamodule")


def stored(model="sasrec"):
    return load_raw(STORED / model / "spec.lock.json")


def without(*kinds):
    """A registry of what is installed but for the distributions of these kinds."""
    names = tuple(f"seqrec-{kind}-" for kind in kinds)
    return Registry(p for p in registry.points if not p.distribution.startswith(names))


@pytest.fixture
def lock(data):
    """The lock of a SasRec with nothing around it."""
    model = {"type": "sasrec", "embedding_dim": 8, "num_heads": 2, "max_sequence_length": 4}
    recipe = resolve(load({"schema": data["schema"], "model": model}))
    return lock_of(recipe, registry)


def test_the_code_of_a_model_is_that_of_its_parts_and_of_the_libraries_they_require(lock):
    names = set(lock["distributions"])
    assert {name.partition(":")[0] for name in lock["components"]} <= names
    assert {"seqrec-library-next-item", "seqrec-library-kernels"} <= names
    assert names & {"seqrec-core", "torch", "seqrec-trainer-lightning"} == set()
    assert all(row["digest"].startswith("sha256:") for row in lock["distributions"].values())
    assert len({row["digest"] for row in lock["distributions"].values()}) == len(names)


def test_other_code_of_a_library_is_a_warning(lock, tmp_path):
    assert check_code(lock, tmp_path, registry) == set(lock["distributions"])
    lock["distributions"]["seqrec-library-next-item"]["digest"] = "sha256:0"
    with pytest.warns(RuntimeWarning, match="other code of seqrec-library-next-item than"):
        check_code(lock, tmp_path, registry)
    assert check_code(lock, tmp_path, registry, lock["distributions"]) == set()


def test_the_distribution_of_a_kind_is_in_the_lock_too(data):
    own = Registry([*registry.points, *POINTS])
    for component in registry:
        if component.local_spec:
            own.register(component.name, component.local_spec)
    session = Session(own)
    data["model"]["type"] = "reranked"
    lock = lock_of(resolve(load(data, (), session), session), own)
    assert set(lock["distributions"]) == {"acme-kinds", "acme-models", "acme-turns"}


def test_what_was_renamed_since_costs_neither_a_warning_nor_an_error(lock, tmp_path):
    row = {"version": "0.1", "digest": "sha256:0"}
    lock["distributions"]["acme-norms"] = row
    lock["components"]["acme-norms:layer"] = {"version": 1, "distribution": "0.1"}
    with pytest.raises(BundleError, match=r"pip install acme-norms==0\.1"):
        check_code(lock, tmp_path, registry)
    rename = ("seqrec.renames", "norm.acme-norms.layer", "seqrec_norm_standard.specs:LayerNormSpec")
    own = Registry([*registry.points, Point(*rename, "seqrec-norm-standard", "1")])
    assert "acme-norms" not in check_code(lock, tmp_path, own)


def test_the_digest_of_a_distribution_is_taken_once(data, monkeypatch):
    own, packages, digest = Registry(registry.points), [], registry_module.digest_of
    monkeypatch.setattr(
        registry_module, "digest_of", lambda names: packages.append(names) or digest(names)
    )
    for _ in range(3):
        assert own.digest("seqrec-loss-ce") == registry.digest("seqrec-loss-ce")
    assert packages == [{"seqrec_loss_ce"}]
    assert own.digest("seqrec-library-next-item") == digest(["seqrec_library_next_item"])


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
def test_a_lock_of_before_is_read_for_serving(model):
    resolution = resolve_serving(stored(model), registry)
    recipe = resolve(load(STORED / model / "spec.lock.json"))
    assert list(resolution.parts.values()) == [
        *recipe.data.transforms["predict"],
        *recipe.postprocessors,
    ]
    assert list(resolution.parts)[-1] == "postprocessors[0]"
    served = Recipe(seed=recipe.seed, schema=recipe.schema, model=recipe.model)
    assert resolution.recipe == served


@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
def test_a_lock_of_today_serves_as_one_of_before(model):
    lock = lock_of(resolve(load(STORED / model / "spec.lock.json")), registry)
    new, old = (resolve_serving(each, registry) for each in (lock, stored(model)))
    assert (new.recipe, new.parts) == (old.recipe, old.parts)
    parts = resolve_serving(lock, without(*NOT_SERVED)).parts
    transforms = range(len(lock["data"]["transforms"]["predict"]))
    paths = [*(f"data.transforms.predict[{i}]" for i in transforms), "postprocessors[0]"]
    assert list(parts) == paths


def test_filters_that_kept_their_files_elsewhere_are_read_from_there():
    place = "trainer.metrics.postprocessors[0]"
    parts = resolve_serving(stored() | {"serving": {"paths": [place]}}, registry).parts
    assert list(parts)[-1] == place
    assert "serving" not in lock_of(resolve(load(STORED / "sasrec" / "spec.lock.json")), registry)


def test_a_lock_that_names_no_filter_is_served_with_the_default(lock):
    assert "postprocessors" not in lock
    (filter_,) = resolve_serving(lock, registry).parts.values()
    assert registry.of_spec(type(filter_)).canonical == "seqrec-postprocessor-seen:seen_items"
    assert resolve_serving(lock | {"postprocessors": []}, registry).parts == {}


def test_what_of_a_lock_answers_must_be_whole():
    for table in (None, {"transforms": []}, {"paths": []}):
        with pytest.raises(BundleError, match="is damaged: what answers need; restore the file"):
            resolve_serving(stored() | {"serving": table}, registry)


@pytest.mark.filterwarnings("ignore:.*was made with other code:RuntimeWarning")
def test_a_bundle_answers_where_what_trained_it_is_not_installed():
    own = Session(without(*NOT_SERVED))
    serving = Bundle.load(STORED / "sasrec", own).serving()
    assert len(serving.postprocessors) == 1
    with pytest.raises(BundleError, match=r"pip install .*seqrec-trainer-lightning==0\.1\.0"):
        _ = Bundle.load(STORED / "sasrec", own).recipe


@pytest.mark.filterwarnings("ignore:.*was made with other code:RuntimeWarning")
def test_a_bundle_without_a_part_of_its_model_says_what_to_install():
    with pytest.raises(BundleError, match=r"pip install seqrec-encoder-sasrec==0\.1\.0$"):
        Bundle.load(STORED / "sasrec", Session(without("encoder")))


@pytest.mark.slow
def test_serving_imports_nothing_of_training():
    """Nor does it need to: those packages cannot be imported there."""
    code = f"""
import sys, warnings
warnings.simplefilter("ignore")
for name in ("lightning", "pytorch_lightning", "seqrec_trainer_lightning",
             "seqrec_datamodule_parquet", "seqrec_optimizer_standard", "seqrec_callback_metrics"):
    sys.modules[name] = None
from seqrec_core import Bundle
print(len(Bundle.load({str(STORED / "two_tower")!r}).serving().transforms))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_lock_stays_a_spec(lock, tmp_path):
    path = tmp_path / "spec.lock.json"
    path.write_text(json.dumps(lock))
    changed = load(path, ["model.embedding_dim=16"])
    assert changed.model.embedding_dim == 16
    path.write_text(json.dumps(lock | {"surprise": 1}))
    with pytest.raises(SpecError, match="surprise"):
        load(path)


@pytest.mark.parametrize(
    ("gone", "needed"),
    [("seqrec-library-kernels", True), ("seqrec-encoder-sasrec", True), ("torch", False)],
)
def test_a_library_that_is_gone_is_named_as_a_plugin_is(lock, tmp_path, monkeypatch, gone, needed):
    def without_it(name):
        return (name, "", frozenset()) if name == gone else metadata(name)

    metadata = lock_module._metadata
    monkeypatch.setattr(lock_module, "_metadata", without_it)
    there = Registry(p for p in registry.points if p.distribution != gone)
    if needed:
        with pytest.raises(BundleError, match=rf"not installed: pip install {gone}==[\d.]+$"):
            check_code(lock, tmp_path, there)
    else:
        assert check_code(lock, tmp_path, there)


def test_a_kind_that_is_gone_is_named_and_components_of_it_that_are_there_are_not(
    tmp_path, monkeypatch
):
    """The registry has no components of a kind that it does not know."""
    needs = {"acme-turns": {"acme-kinds"}, "acme-models": {"acme-turns"}, "acme-kinds": set()}
    monkeypatch.setattr(
        lock_module,
        "_metadata",
        lambda name: (name, "2.0" if name != "acme-kinds" else "", frozenset(needs.get(name, ()))),
    )
    row = {"version": "2.0", "digest": "sha256:0"}
    lock = {"distributions": dict.fromkeys(needs, row), "components": {"acme-turns:turn": {}}}
    there = Registry(p for p in POINTS if p.distribution != "acme-kinds")
    with pytest.raises(BundleError, match=r"not installed: pip install acme-kinds==2\.0$"):
        check_code(lock, tmp_path, there)
