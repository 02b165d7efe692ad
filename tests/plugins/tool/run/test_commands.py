"""What the commands refuse before anything runs, and what they import."""

import subprocess
import sys

import pytest

from seqrec_core.errors import BundleError, SeqrecError


def test_outputs_of_the_wrong_kind_are_refused_before_anything_runs(seqrec, spec, run):
    with pytest.raises(SeqrecError, match=r"spec.json is a file; choose a folder"):
        seqrec("fit", spec, "--out", spec)
    with pytest.raises(SeqrecError, match=r"run is a folder; name a file, such as .*/top.parquet"):
        seqrec("predict", run, "--out", run)


def test_a_folder_that_is_no_bundle_is_refused(seqrec, tmp_path):
    with pytest.raises(BundleError, match="is no bundle"):
        seqrec("evaluate", tmp_path)


def test_the_commands_do_not_import_torch_until_they_run():
    code = "import sys, seqrec_tool_run.commands; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
