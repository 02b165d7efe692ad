"""A preset is laid out for one data folder; what is no preset is a model."""

import json

import pytest
from preset_points import acme, with_points
from seqrec_tool_specs.conditions import Facts
from seqrec_tool_specs.preset_choice import choice_of, spec_for
from seqrec_tool_specs.presets import preset_of, read_preset
from seqrec_tool_specs.starting_spec import starting_spec, write_spec

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import NotInstalledError, SpecError, UnknownComponentError
from seqrec_core.session import load_resolved
from seqrec_core.session import registry as installed

FEATURE = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 50}
DIFF = "seqrec-encoder-diff:diff_transformer"
PRESET = {
    "about": "mine",
    "spec": {
        "model": {
            "type": "sasrec",
            "dropout": 0.1,
            "max_sequence_length": 77,
            "encoder": {"activation": "gelu"},
        },
        "trainer": {"patience": 3, "optimizer": {"type": "adam", "lr": 0.01}},
        "postprocessors": [],
    },
    "variants": [
        {"when": {"items_below": 60}, "spec": {"model": {"dropout": 0.2}}, "note": "small"},
        {"when": {"items_below": 51}, "spec": {"model": {"encoder": DIFF}}},
        {"when": {"items_from": 60}, "spec": {"model": {"dropout": 0.9}}, "note": "large"},
    ],
}


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "data").mkdir()
    return tmp_path


@pytest.fixture
def init(path):
    """Writes and reads the spec of a preset, as `seqrec init` does."""

    def write(preset=PRESET, defaults=None, name="acme-rec", **settings):
        (path / "data" / "schema.json").write_text(json.dumps({"features": [FEATURE]}))
        (path / "data" / "defaults.json").write_text(json.dumps(defaults or {}))
        registry = with_points(*acme(path, {"acme-rec": preset}))
        choice = choice_of(name, DataFolder(path / "data"), registry)
        raw = starting_spec(choice.model, path / "data", path, sections=choice.sections, **settings)
        write_spec(raw, path / "spec.json")
        return choice, raw, load_resolved(path / "spec.json").recipe

    return write


def test_variants_that_hold_are_laid_over_the_spec_in_turn(init):
    choice, raw, recipe = init()
    assert (recipe.model.dropout, choice.notes) == (0.2, ("small",))
    assert type(recipe.model.encoder).__name__.startswith("Diff")
    assert raw["model"]["num_blocks"] == 2  # settings that people change are shown, too
    assert recipe.postprocessors == ()
    assert (recipe.trainer.patience, recipe.trainer.optimizer.lr) == (3, 0.01)


def test_a_component_without_type_keeps_that_which_stands_there(path):
    registry = with_points(*acme(path, {"acme-rec": PRESET}))
    preset = read_preset(preset_of("acme-rec", registry), registry)
    large = spec_for(preset, Facts({"items": 60}, frozenset()), registry)
    assert large.sections["model"]["encoder"] == {"activation": "gelu"}
    assert (large.sections["model"]["dropout"], large.notes) == (0.9, ("large",))
    assert spec_for(preset, Facts({}, frozenset()), registry).sections == PRESET["spec"]


def test_what_the_data_suggests_comes_before_the_preset(init):
    suggested = {
        "model": {"max_sequence_length": 12, "dropout": 0.4},
        "data": {"batch_size": 9},
        "trainer": {"optimizer": {"eps": 1e-6}},
        "postprocessors": [{"type": "seen_items"}],
    }
    _, _, recipe = init(defaults=suggested)
    assert (recipe.model.max_sequence_length, recipe.model.dropout) == (12, 0.4)
    assert recipe.data.batch_size == 9
    assert (recipe.trainer.optimizer.lr, recipe.trainer.optimizer.eps) == (0.01, 1e-6)
    assert len(recipe.postprocessors) == 1


def test_a_preset_may_name_its_model_alone(init):
    _, _, recipe = init({"about": "mine", "spec": {"model": "sasrec"}})
    assert recipe.model.dropout == 0.3


def test_settings_that_a_component_lacks_are_faults(init):
    with pytest.raises(SpecError, match=r"model\.droput: unknown key; did you mean 'dropout'"):
        init({"about": "mine", "spec": {"model": {"type": "sasrec", "droput": 0.1}}})


def test_a_part_that_is_not_installed_is_named_with_what_to_install(init, monkeypatch):
    known = {("encoder", "mamba"): ["seqrec-encoder-mamba"]}
    monkeypatch.setitem(installed.__dict__, "known", known)
    preset = {"about": "mine", "spec": {"model": {"type": "sasrec", "encoder": "mamba"}}}
    message = r"model\.encoder: .*not installed; .*: pip install seqrec-encoder-mamba"
    with pytest.raises(SpecError, match=message):
        init(preset)


def test_a_name_that_is_no_preset_is_a_model(path):
    (path / "data" / "schema.json").write_text(json.dumps({"features": [FEATURE]}))
    for name in ("two_tower", "seqrec-model-sasrec:sasrec"):
        choice = choice_of(name, DataFolder(path / "data"), installed)
        assert (choice.model, choice.sections, choice.notes) == (name, {}, ())


@pytest.mark.parametrize(
    ("name", "words"),
    [("acme-rek", "did you mean 'acme-rec'"), ("two_towers", "did you mean 'two_tower'")],
)
def test_a_name_that_nobody_has_gets_presets_and_models(path, name, words):
    registry = with_points(*acme(path, {"acme-rec": PRESET}))
    message = rf"unknown preset or model '{name}'; {words}\?; presets are acme-rec, .*models are .*"
    with pytest.raises(UnknownComponentError, match=message):
        choice_of(name, DataFolder(path / "data"), registry)


def test_a_preset_that_is_known_but_not_installed_says_what_to_install(path):
    registry = with_points()
    registry.__dict__["known"] = {("presets", "acme-rec"): ["acme-presets"]}
    message = "preset 'acme-rec' is not installed; .*pip install acme-presets"
    with pytest.raises(NotInstalledError, match=message):
        choice_of("acme-rec", DataFolder(path / "data"), registry)
