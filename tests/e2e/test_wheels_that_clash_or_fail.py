"""Real wheels that clash, fail, are made for another core, or are missing."""

import json
import shutil

import pytest

pytestmark = pytest.mark.slow
MODEL = """
from seqrec_core.spec import LossSpec, ModelSpec, component, spec

@spec
class Plain(ModelSpec):
    "A model of one part."
    target = "{module}.parts:Mean"
    loss: LossSpec = component("acme-loss:mean", help="what it learns by")
"""
ITEM = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 5}
LIST, DOCTOR = ("plugins", "list"), ("plugins", "doctor")


@pytest.fixture(scope="module")
def places(world):
    """A model, a loss, and others that clash or fail, each in a folder of its own."""
    model = {"kind": "model", "value": "specs:Plain", "specs": MODEL}
    wheels = {
        "model": world.wheel("acme-model", "plain", **model),
        "loss": world.wheel("acme-loss"),
        "newer": world.wheel("acme-loss", version="2.0"),
        "rival": world.wheel("acme-rival"),
        "ill": world.wheel("acme-ill", "ill", specs="import acme_nowhere\n"),
        "quits": world.wheel("acme-quits", "quits", specs="import sys\nsys.exit(0)\n"),
        "hangs": world.wheel("acme-hangs", "hangs", specs="import time\ntime.sleep(600)\n"),
        "old": world.wheel("acme-old", "old", core="seqrec-core[testing]>=7,<8"),
    }
    return {name: world.install(name, wheel) for name, wheel in wheels.items()}


@pytest.fixture
def seqrec(world, places):
    """Runs commands where the model, the loss and these others are installed.

    Gives the exit code of each, and all that it said, in single spaces.
    """

    def run(*commands, others=(), without=()):
        names = [name for name in ("model", "loss", *others) if name not in without]
        path = [places.get(name, name) for name in names]
        return [(said.code, said.words) for said in world.seqrec(*commands, path=path)]

    return run


@pytest.fixture
def validate(tmp_path):
    """The command that validates a spec with this loss, or with the default one."""

    def command(loss=None):
        path = tmp_path / f"{loss}.json"
        model = {"type": "plain"} | ({"loss": {"type": loss}} if loss else {})
        path.write_text(json.dumps({"schema": {"features": [ITEM]}, "model": model}))
        return "validate", path

    return command


def test_what_is_sound_is_listed_shown_and_used(seqrec, validate):
    show = ("plugins", "show", "loss", "mean")
    listed, doctor, shown, *uses = seqrec(
        (*LIST, "--load"), DOCTOR, show, validate("mean"), validate()
    )
    assert listed[0] == 0
    assert listed[1].endswith("model plain acme-model 1.0 ok loss mean acme-loss 1.0 ok")
    assert doctor == (0, "all well")
    assert "The mean, scaled." in shown[1]
    assert [code for code, _ in uses] == [0, 0]


def test_of_two_with_one_name_neither_wins(seqrec, validate):
    both = "loss 'mean' is declared by acme-loss and by acme-rival; write 'acme-loss:mean' or"
    show = ("plugins", "show", "loss", "mean")
    listed, shown, used, doctor = seqrec(
        (*LIST, "loss"), show, validate("mean"), DOCTOR, others=["rival"]
    )
    assert listed[0] == 0
    assert "mean acme-loss 1.0 ambiguous: write acme-loss:mean" in listed[1]
    assert "mean acme-rival 1.0 ambiguous: write acme-rival:mean" in listed[1]
    assert shown == (2, f"error: {both} 'acme-rival:mean'")
    assert used == (2, f"model.loss.type: {both} 'acme-rival:mean'")
    assert doctor[0] == 1
    assert "loss acme-rival:mean the name 'mean' is declared twice" in doctor[1]


def test_the_full_name_settles_which_of_two_is_meant(seqrec, validate):
    show = ("plugins", "show", "loss", "acme-rival:mean")
    by_default, by_name, shown = seqrec(
        validate(), validate("acme-rival:mean"), show, others=["rival"]
    )
    assert by_default[0] == 0  # the model's default is a full name
    assert by_name[0] == 0
    assert "builds acme_rival.parts:Mean" in shown[1]


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("ill", "ModuleNotFoundError: No module named 'acme_nowhere'"),
        ("quits", "SystemExit: 0"),
    ],
)
def test_one_that_does_not_import_breaks_only_the_specs_that_use_it(seqrec, validate, name, cause):
    fault = f"loss '{name}' of acme-{name} 1.0 does not load: {cause}. Reinstall or remove"
    show = ("plugins", "show", "loss", name)
    commands = (validate(), validate(name), show, LIST, (*LIST, "--load"), DOCTOR)
    schemas = (("schema",), ("--strict", "schema"))
    sound, used, shown, listed, loaded, doctor, schema, strict = seqrec(
        *commands, *schemas, others=[name]
    )
    assert sound[0] == 0
    assert used == (2, f"model.loss.type: {fault} acme-{name}")
    assert shown == (2, f"error: {fault} acme-{name}")
    assert f"{name} acme-{name} 1.0 ok" in listed[1]  # nothing was imported
    assert f"{name} acme-{name} 1.0 broken: {cause}" in loaded[1]
    assert doctor[0] == 1
    assert f"loss acme-{name}:{name} does not import: {cause}" in doctor[1]
    assert schema[0] == 0
    assert f"warning: left out of the schema: {fault}" in schema[1]
    assert strict[0] == 2


def test_one_made_for_another_core_names_both_versions(seqrec, validate):
    asks = "loss 'old' of acme-old 1.0 asks for seqrec-core>=7,<8; installed is"
    show = ("plugins", "show", "loss", "old")
    listed, sound, used, shown, doctor = seqrec(
        LIST, validate(), validate("old"), show, DOCTOR, others=["old"]
    )
    assert "old acme-old 1.0 incompatible: asks for seqrec-core>=7,<8, not 0." in listed[1]
    assert sound[0] == 0
    assert used[0] == 2
    assert used[1].startswith(f"model.loss.type: {asks} seqrec-core 0.")
    assert used[1].endswith("Install a version of acme-old made for it")
    assert shown[1].startswith(f"error: {asks}")
    assert doctor[0] == 1
    assert "install a version of acme-old for seqrec-core 0." in doctor[1]


def test_one_that_hangs_is_given_up_by_the_doctor_alone(seqrec, validate):
    sound, listed, doctor = seqrec(
        validate(), LIST, (*DOCTOR, "--timeout", "10"), others=["hangs", "ill"]
    )
    assert sound[0] == 0
    assert "hangs acme-hangs 1.0 ok" in listed[1]
    assert doctor[0] == 1
    assert "loss acme-hangs:hangs does not import within 10 seconds reinstall" in doctor[1]
    assert "loss acme-ill:ill does not import: ModuleNotFoundError" in doctor[1]


def test_one_that_is_missing_says_what_to_install(seqrec, validate):
    show = ("plugins", "show", "loss", "mena")
    acme, ours, mistyped = seqrec(validate("acme-rival:mean"), validate("ce"), show)
    missing = (
        "model.loss.type: loss 'acme-rival:mean' is not installed; the spec says that it comes "
        "with 'acme-rival', which no table of known plugins has: find out who wrote it, and "
        "install it if you trust them"
    )
    assert acme == (2, missing)
    assert ours[1].endswith("it comes with seqrec-loss-ce: pip install seqrec-loss-ce")
    unknown = "error: unknown loss 'mena'; did you mean 'mean'?; installed are mean"
    assert mistyped == (2, unknown)


def test_a_default_part_that_is_missing_says_what_to_install(seqrec, validate):
    used, doctor = seqrec(validate(), DOCTOR, without=["loss"])
    missing = (
        "model.loss.type: loss 'acme-loss:mean' is not installed; the spec says that it comes with "
        "'acme-loss', which no table of known plugins has: find out who wrote it, and install it "
        "if you trust them"
    )
    assert used == (2, missing)
    assert doctor[0] == 1
    assert "its default loss comes with acme-loss, which is not installed" in doctor[1]
    assert "pip install acme-loss; acme-model should declare it" in doctor[1]


def test_one_installed_in_two_places_is_reported(seqrec):
    [doctor] = seqrec(DOCTOR, others=["newer"])
    assert doctor[0] == 1
    assert "acme-loss is installed 2 times: 1.0 in" in doctor[1]
    assert "pip uninstall acme-loss until none is left" in doctor[1]


@pytest.mark.parametrize(
    ("file", "content", "fault"),
    [
        ("entry_points.txt", b"[seqrec.loss]\nhalf\n", "has a line that is no entry point"),
        ("entry_points.txt", b"[seqrec.loss]\n\xff\xfe\n", "codec can't decode"),
        ("METADATA", None, "METADATA has no name or no version"),
    ],
)
def test_damaged_metadata_does_no_harm_to_the_rest(
    tmp_path, places, seqrec, validate, file, content, fault
):
    copy = shutil.copytree(places["rival"], tmp_path / "damaged")
    damaged = copy / "acme_rival-1.0.dist-info" / file
    damaged.unlink()
    if content:
        damaged.write_bytes(content)
    used, strict, doctor = seqrec(validate("mean"), ("--strict", *LIST), DOCTOR, others=[copy])
    assert used[0] == 0
    assert "acme_rival-1.0.dist-info is damaged and left out" in used[1]
    assert fault in used[1]
    assert strict[0] == 2
    assert doctor[0] == 1
    assert "remove it, and install its distribution again" in doctor[1]
