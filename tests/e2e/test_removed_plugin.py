"""What is left when a distribution is uninstalled: everything but its own components."""

import json
import re
import shutil
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
SITE = Path(sysconfig.get_path("purelib"))
BUNDLE = Path(__file__).parent.parent / "core" / "bundles" / "sasrec"
LIST = ("plugins", "list")


@pytest.fixture
def without(tmp_path, in_turn):
    """Runs commands as if a distribution had been uninstalled; gives what each said."""

    def run(distribution, *commands):
        site = tmp_path / distribution
        site.mkdir()
        for entry in SITE.iterdir():
            name = re.split("[-.]", entry.name)[0].strip("_")
            if name != distribution.replace("-", "_"):
                (site / entry.name).symlink_to(entry)
        return in_turn(commands, options=["-S"], sites=[site])

    return run


def components(listing):
    rows = [line.split() for line in listing.splitlines()]
    return {(row[0], row[1]) for row in rows if len(row) >= 5 and row[2].startswith("seqrec-")}


@pytest.fixture
def spec(tmp_path):
    """A spec that names one loss, by its short name."""
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 50}
    path = tmp_path / "spec.json"
    model = {"type": "sasrec", "loss": {"type": "ce"}}
    path.write_text(json.dumps({"schema": {"features": [feature]}, "model": model}))
    return path


def test_its_components_go_and_what_names_them_says_what_to_install(without, spec):
    [everything] = without("nothing", LIST)
    rest, built, evaluated = without("seqrec-loss-ce", LIST, ("build", spec), ("evaluate", BUNDLE))
    lost = components(everything.output) - components(rest.output)
    assert lost == {("loss", "ce"), ("loss", "ce_sampled")}
    assert components(rest.output) < components(everything.output)
    assert built.code == 2
    assert built.errors.strip().startswith("model.loss.type: loss 'ce' is not installed")
    assert built.errors.strip().endswith("pip install seqrec-loss-ce")
    assert evaluated.code == 2
    assert evaluated.errors.strip().endswith("not installed: pip install seqrec-loss-ce==0.1.0")


def test_a_spec_that_does_not_name_it_still_works(without, spec):
    [validated] = without("seqrec-loss-bce", ("validate", spec))
    assert (validated.code, validated.errors) == (0, "")


def test_a_bundle_made_with_other_code_of_it_warns(in_turn, tmp_path):
    bundle = shutil.copytree(BUNDLE, tmp_path / "bundle")
    lock = bundle / "spec.lock.json"
    data = json.loads(lock.read_text())
    data["distributions"] = {"seqrec-loss-ce": {"version": "0.0.9", "digest": "sha256:0"}}
    lock.write_text(json.dumps(data))
    evaluate = ("evaluate", bundle)
    warned, strict = in_turn([evaluate, ("--strict", *evaluate)])
    assert (warned.code, strict.code) == (2, 2)
    for word, said in (("warning", warned), ("error", strict)):
        assert f"{word}: {bundle} was made with other code of seqrec-loss-ce" in said.errors
        assert "for the same: pip install seqrec-loss-ce==0.0.9" in said.errors
    assert "data: missing" in warned.errors  # it goes on, and has no data to evaluate on
    assert "data: missing" not in strict.errors
