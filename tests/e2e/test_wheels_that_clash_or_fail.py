"""Real wheels that clash, fail, are made for another core, or are missing."""

import json

import pytest

MODEL = """
from seqrec_core.spec import LossSpec, ModelSpec, component, spec

@spec
class Plain(ModelSpec):
    "A model of one part."
    target = "{module}.parts:Mean"
    loss: LossSpec = component("acme-loss:mean", help="what it learns by")
"""
ITEM = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 5}


@pytest.fixture(scope="module")
def wheels(world):
    """A model and a loss, which stay, and others that clash or fail."""
    model = {"kind": "model", "cls": "Plain", "specs": MODEL}
    world.install(world.wheel("acme-model", "plain", **model), world.wheel("acme-loss"))
    return {
        "rival": world.wheel("acme-rival"),
        "ill": world.wheel("acme-ill", "ill", specs="import acme_nowhere\n"),
        "quits": world.wheel("acme-quits", "quits", specs="import sys\nsys.exit(0)\n"),
        "hangs": world.wheel("acme-hangs", "hangs", specs="import time\ntime.sleep(600)\n"),
        "old": world.wheel("acme-old", "old", core="seqrec-core[testing]>=7,<8"),
    }


@pytest.fixture
def add(world, wheels):
    """Installs wheels for one test."""
    added = []

    def install(*names):
        world.install(*(wheels[name] for name in names))
        added.extend(f"acme_{name}" for name in names)

    yield install
    if added:
        world.uninstall(*added)


@pytest.fixture
def seqrec(world):
    """Runs `seqrec`: its exit code, and what it says, in single spaces."""

    def run(*arguments, **environment):
        done = world.seqrec(*arguments, **environment)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    return run


@pytest.fixture
def validate(world, seqrec):
    """Runs `seqrec validate` on a spec with this loss, or with the default one."""

    def run(loss=None):
        path = world.folder / "spec.json"
        model = {"type": "plain"} | ({"loss": {"type": loss}} if loss else {})
        path.write_text(json.dumps({"schema": {"features": [ITEM]}, "model": model}))
        return seqrec("validate", path)

    return run


def test_what_is_sound_is_listed_shown_and_used(wheels, seqrec, validate):
    code, listed = seqrec("plugins", "list", "--load")
    assert code == 0
    assert listed.endswith("model plain acme-model 1.0 ok loss mean acme-loss 1.0 ok")
    assert seqrec("plugins", "doctor") == (0, "all well")
    assert "The mean, scaled." in seqrec("plugins", "show", "loss", "mean")[1]
    assert validate("mean")[0] == validate()[0] == 0


def test_of_two_with_one_name_neither_wins(add, seqrec, validate):
    add("rival")
    both = "loss 'mean' is declared by acme-loss and by acme-rival; write 'acme-loss:mean' or"
    code, listed = seqrec("plugins", "list", "loss")
    assert code == 0
    assert "mean acme-loss 1.0 ambiguous: write acme-loss:mean" in listed
    assert "mean acme-rival 1.0 ambiguous: write acme-rival:mean" in listed
    assert seqrec("plugins", "show", "loss", "mean") == (2, f"error: {both} 'acme-rival:mean'")
    assert validate("mean") == (2, f"model.loss.type: {both} 'acme-rival:mean'")
    code, told = seqrec("plugins", "doctor")
    assert code == 1
    assert "loss acme-rival:mean the name 'mean' is declared twice" in told


def test_the_full_name_settles_which_of_two_is_meant(add, seqrec, validate):
    add("rival")
    assert validate()[0] == 0  # the model's default is a full name
    assert validate("acme-rival:mean")[0] == 0
    shown = seqrec("plugins", "show", "loss", "acme-rival:mean")[1]
    assert "builds acme_rival.parts:Mean" in shown


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("ill", "ModuleNotFoundError: No module named 'acme_nowhere'"),
        ("quits", "SystemExit: 0"),
    ],
)
def test_one_that_does_not_import_breaks_only_the_specs_that_use_it(
    add, seqrec, validate, name, cause
):
    add(name)
    told = f"loss '{name}' of acme-{name} 1.0 does not load: {cause}. Reinstall or remove"
    assert validate()[0] == 0
    assert validate(name) == (2, f"model.loss.type: {told} acme-{name}")
    assert seqrec("plugins", "show", "loss", name) == (2, f"error: {told} acme-{name}")
    assert f"{name} acme-{name} 1.0 ok" in seqrec("plugins", "list")[1]  # nothing was imported
    assert f"{name} acme-{name} 1.0 broken: {cause}" in seqrec("plugins", "list", "--load")[1]
    code, found = seqrec("plugins", "doctor")
    assert code == 1
    assert f"loss acme-{name}:{name} does not import: {cause}" in found
    code, schema = seqrec("schema")
    assert code == 0
    assert f"warning: left out of the schema: {told}" in schema
    assert seqrec("--strict", "schema")[0] == 2


def test_one_made_for_another_core_names_both_versions(add, seqrec, validate):
    add("old")
    asks = "loss 'old' comes from acme-old 1.0, which asks for seqrec-core>=7,<8; installed is"
    listed = seqrec("plugins", "list")[1]
    assert "old acme-old 1.0 incompatible: asks for seqrec-core>=7,<8, not 0." in listed
    assert validate()[0] == 0
    code, told = validate("old")
    assert code == 2
    assert told.startswith(f"model.loss.type: {asks} seqrec-core 0.")
    assert told.endswith("Install a version of acme-old made for it")
    assert seqrec("plugins", "show", "loss", "old")[1].startswith(f"error: {asks}")
    code, found = seqrec("plugins", "doctor")
    assert code == 1
    assert "install a version of acme-old for seqrec-core 0." in found


def test_one_that_hangs_is_given_up_by_the_doctor_alone(add, seqrec, validate):
    add("hangs", "ill")
    assert validate()[0] == 0
    assert "hangs acme-hangs 1.0 ok" in seqrec("plugins", "list")[1]
    code, found = seqrec("plugins", "doctor", "--timeout", "5")
    assert code == 1
    assert "loss acme-hangs:hangs does not import within 5 seconds reinstall acme-hangs" in found
    assert "loss acme-ill:ill does not import: ModuleNotFoundError" in found


def test_one_that_is_missing_says_what_to_install(seqrec, validate):
    assert validate("acme-rival:mean") == (
        2,
        "model.loss.type: loss 'acme-rival:mean' is not installed: pip install acme-rival",
    )
    assert validate("ce")[1].endswith("it comes with seqrec-loss-ce: pip install seqrec-loss-ce")
    assert seqrec("plugins", "show", "loss", "mena") == (
        2,
        "error: unknown loss 'mena'; did you mean 'mean'?; installed are mean",
    )


def test_a_default_part_that_is_missing_says_what_to_install(world, wheels, seqrec, validate):
    world.uninstall("acme_loss")
    try:
        told = validate()
        code, found = seqrec("plugins", "doctor")
    finally:
        world.install(world.wheels / "acme_loss-1.0-py3-none-any.whl")
    missing = "model.loss.type: loss 'acme-loss:mean' is not installed: pip install acme-loss"
    assert told == (2, missing)
    assert code == 1
    assert "its default loss comes with acme-loss, which is not installed" in found
    assert "pip install acme-loss; acme-model should declare it" in found


def test_one_installed_in_two_places_is_found(world, wheels, seqrec):
    second = world.folder / "second"
    world.install("--target", second, world.wheel("acme-loss", version="2.0"))
    code, found = seqrec("plugins", "doctor", PYTHONPATH=str(second))
    assert code == 1
    assert "acme-loss is installed 2 times: 1.0 in" in found
    assert "pip uninstall acme-loss until none is left" in found


@pytest.mark.parametrize(
    ("file", "content", "fault"),
    [
        ("entry_points.txt", b"[seqrec.loss]\nhalf\n", "has a line that is no entry point"),
        ("entry_points.txt", b"[seqrec.loss]\n\xff\xfe\n", "codec can't decode"),
        ("METADATA", None, "METADATA has no name or no version"),
    ],
)
def test_damaged_metadata_does_no_harm_to_the_rest(
    add, world, seqrec, validate, file, content, fault
):
    add("rival")
    damaged = world.site / "acme_rival-1.0.dist-info" / file
    whole = damaged.read_bytes()
    damaged.unlink()
    if content:
        damaged.write_bytes(content)
    try:
        code, said = validate("mean")
        strict = seqrec("--strict", "plugins", "list")
        found = seqrec("plugins", "doctor")
    finally:
        damaged.write_bytes(whole)
    assert code == 0
    assert "acme_rival-1.0.dist-info is damaged and left out" in said
    assert fault in said
    assert strict[0] == 2
    assert found[0] == 1
    assert "remove it, and install its distribution again" in found[1]
