"""What is left when a distribution is uninstalled: everything but its own components."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

MAIN = (
    "import site, sys; site.addsitedir(sys.argv.pop(1)); from seqrec_core.cli import main; main()"
)
SITE = Path(sysconfig.get_path("purelib"))
BUNDLE = Path(__file__).parent.parent / "core" / "bundles" / "sasrec"


@pytest.fixture
def without(tmp_path):
    """Runs seqrec as if a distribution had been uninstalled."""

    def run(distribution, *arguments):
        site = tmp_path / distribution
        if not site.exists():
            site.mkdir()
            for entry in SITE.iterdir():
                name = re.split("[-.]", entry.name)[0].strip("_")
                if name != distribution.replace("-", "_"):
                    (site / entry.name).symlink_to(entry)
        return subprocess.run(
            [sys.executable, "-S", "-c", MAIN, str(site), *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def components(listing):
    rows = [line.split() for line in listing.splitlines()]
    return {(row[0], row[1]) for row in rows if len(row) >= 5 and row[2].startswith("seqrec-")}


@pytest.fixture
def spec(tmp_path):
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 50}
    path = tmp_path / "spec.json"
    model = {"type": "sasrec", "loss": {"type": "ce"}}
    path.write_text(json.dumps({"schema": {"features": [feature]}, "model": model}))
    return path


def test_exactly_its_components_go(without):
    everything = components(without("nothing", "plugins", "list").stdout)
    rest = components(without("seqrec-loss-ce", "plugins", "list").stdout)
    assert everything - rest == {
        ("loss", "ce"),
        ("loss", "ce_sampled"),
    }
    assert rest < everything


def test_a_spec_that_names_it_says_what_to_install(without, spec):
    done = without("seqrec-loss-ce", "build", spec)
    assert done.returncode == 2
    assert done.stderr.strip().startswith("model.loss.type: loss 'ce' is not installed")
    assert done.stderr.strip().endswith("pip install seqrec-loss-ce")


def test_a_spec_that_does_not_name_it_still_works(without, spec):
    done = without("seqrec-loss-bce", "validate", spec)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bundle_that_used_it_says_which_version_to_install(without):
    done = without("seqrec-loss-ce", "evaluate", BUNDLE)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("not installed: pip install seqrec-loss-ce==0.1.0")


@pytest.mark.parametrize(("options", "word"), [((), "warning"), (("--strict",), "error")])
def test_a_bundle_made_with_other_code_of_it_warns(without, tmp_path, options, word):
    shutil.copytree(BUNDLE, tmp_path / "bundle")
    lock = tmp_path / "bundle" / "spec.lock.json"
    data = json.loads(lock.read_text())
    data["distributions"] = {"seqrec-loss-ce": {"version": "0.0.9", "digest": "sha256:0"}}
    lock.write_text(json.dumps(data))
    done = without("nothing", *options, "evaluate", tmp_path / "bundle")
    assert done.returncode == 2  # without --strict, for it has no data to evaluate on
    assert (
        f"{word}: {tmp_path / 'bundle'} was made with other code of seqrec-loss-ce" in done.stderr
    )
    assert "for the same: pip install seqrec-loss-ce==0.0.9" in done.stderr
    assert ("data: missing" in done.stderr) == (word == "warning")
