"""Recommendations of an installation with what answers and nothing else."""

import subprocess
import sys

import pytest
from untrained_bundle import named, written

# What stands for their absence: no metadata, and no module.
WITHOUT = """
import importlib.metadata, sys

HIDDEN = (
    "lightning", "pytorch-lightning", "seqrec-callback", "seqrec-datamodule", "seqrec-optimizer",
    "seqrec-scheduler", "seqrec-tool-run", "seqrec-tool-prepare", "seqrec-trainer",
)


def is_hidden(name):
    return name.replace("_", "-").startswith(HIDDEN)


class Absent:
    def find_spec(self, name, path=None, target=None):
        if is_hidden(name.partition(".")[0]):
            raise ModuleNotFoundError(f"no module named {name!r}", name=name)


discover = importlib.metadata.Distribution.discover.__func__
importlib.metadata.Distribution.discover = classmethod(
    lambda cls, **context: (d for d in discover(cls, **context) if not is_hidden(d.name))
)
sys.meta_path.insert(0, Absent())
"""
RECOMMEND = """
from seqrec_core.cli import main
main()
"""


def alone(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code, *map(str, arguments)], capture_output=True, text=True
    )


@pytest.mark.slow
def test_neither_trainer_nor_data_module_nor_lightning_need_be_installed(tmp_path):
    bundle = written(tmp_path)
    done = alone(RECOMMEND, "recommend", bundle, *named([1, 2]), "--top-k", 3)
    assert (done.returncode, done.stderr) == (0, "")
    assert "item " in done.stdout
    code = "import seqrec_trainer_lightning"
    assert "ModuleNotFoundError" in alone(code).stderr  # the test hides what it says
    listed = alone(RECOMMEND, "plugins", "list").stdout
    assert "sasrec" in listed
    assert "seqrec-trainer-lightning" not in listed
