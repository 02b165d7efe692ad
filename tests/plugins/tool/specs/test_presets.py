"""Presets of anybody are found by metadata, and read strictly."""

import sys

import pytest
from preset_points import acme, with_points
from seqrec_tool_specs.presets import preset_of, preset_points, read_preset

from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    ForbiddenPluginError,
    IncompatiblePluginError,
    SpecError,
)

PRESET = {"about": "mine", "spec": {"model": {"type": "sasrec", "dropout": 0.1}}}


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_strangers_preset_is_found_and_read_without_running_its_code(path):
    registry = with_points(*acme(path, {"acme-rec": PRESET}))
    point = preset_of("acme-rec", registry)
    assert point == preset_of("acme-presets:acme-rec", registry)
    assert read_preset(point, registry).spec == PRESET["spec"]
    assert not any(name.startswith("acme_presets") for name in sys.modules)
    assert "acme-rec" in [point.name for point in preset_points(registry)]


def test_a_name_that_nobody_declares_is_no_preset(path):
    registry = with_points(*acme(path, {"acme-rec": PRESET}))
    assert preset_of("acme", registry) is None
    assert preset_of("other:acme-rec", registry) is None


def test_a_name_of_two_distributions_names_both_and_either_may_be_written_out(path):
    points = [
        *acme(path, {"acme-rec": PRESET}),
        *acme(path, {"acme-rec": PRESET}, distribution="rival"),
    ]
    registry = with_points(*points)
    message = "by acme-presets and by rival; write 'acme-presets:acme-rec' or 'rival:acme-rec'"
    with pytest.raises(AmbiguousNameError, match=message):
        preset_of("acme-rec", registry)
    assert preset_of("rival:acme-rec", registry).distribution == "rival"


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ({**PRESET, "colour": 1}, r"acme-rec\.json\.colour: unknown key"),
        (
            {**PRESET, "variants": [{"when": {"item_below": 3}, "spec": {}}]},
            r"json\.variants\[0\]\.when\.item_below: unknown key; did you mean 'items_below'",
        ),
        (
            {**PRESET, "variants": [{"when": {"items_below": "9"}, "spec": {}}]},
            r"when\.items_below: expected",
        ),
        (
            {**PRESET, "variants": [{"when": {}, "spec": {"seed": 1}}]},
            r"variants\[0\]\.spec: sets 'seed'; a preset may set model, data",
        ),
        ({**PRESET, "spec": {**PRESET["spec"], "schema": {}}}, "sets 'schema'"),
        ({**PRESET, "spec": {"trainer": {}}}, "has no model; name one"),
        ({**PRESET, "spec": {"model": {"dropout": 0.1}}}, "has no model; name one"),
        ({**PRESET, "about": "two\nlines"}, "about: is no line"),
        ({**PRESET, "published": [{"data": "ML-1M"}]}, r"published\[0\]\.metric: missing"),
        ({"spec": PRESET["spec"]}, r"acme-rec\.json\.about: missing"),
        ("{", "acme-rec.json"),
        ("[]", "acme-rec.json"),
    ],
)
def test_a_file_with_faults_is_named_with_the_key(path, preset, words):
    registry = with_points(*acme(path, {"acme-rec": preset}))
    with pytest.raises(SpecError, match=words):
        read_preset(preset_of("acme-rec", registry), registry)


def test_a_file_or_a_package_that_is_not_there_is_said(path):
    (point,) = acme(path, {"acme-rec": PRESET})
    registry = with_points(point)
    (path / "acme_presets" / "files" / "acme-rec.json").unlink()
    message = r"lie in acme_presets\.files as acme-rec\.json, which is not there\. Reinstall or"
    with pytest.raises(BrokenPluginError, match=message):
        read_preset(point, registry)


@pytest.mark.parametrize("name", ["../acme-rec", "/etc/acme", ""])
def test_a_name_that_leads_elsewhere_is_not_followed(path, name):
    registry = with_points(*acme(path, {"acme-rec": PRESET}))
    point = type(registry.points[0])("seqrec.presets", name, "acme_presets.files", "acme", "1")
    with pytest.raises(BrokenPluginError, match="which is not there"):
        read_preset(point, registry)


def test_a_distribution_for_another_core_or_not_allowed_is_refused(path):
    (point,) = acme(path, {"acme-rec": PRESET}, core_range=">=99")
    with pytest.raises(IncompatiblePluginError, match="asks for seqrec-core>=99"):
        read_preset(point, with_points(point))
    (point,) = acme(path, {"acme-rec": PRESET}, distribution="rival")
    registry = with_points(point)
    registry.allow_only(["seqrec-model-sasrec"])
    with pytest.raises(ForbiddenPluginError, match=r"rival 1\.0"):
        read_preset(point, registry)
    registry.allow_only(["rival"])
    assert read_preset(point, registry).about == "mine"
