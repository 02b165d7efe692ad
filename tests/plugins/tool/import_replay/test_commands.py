"""`seqrec import-replay` writes a bundle, and its module is light."""

import re
import subprocess
import sys

from command_line import seqrec
from replay_sasrec import saved, theirs

from seqrec_core import Bundle


def test_the_command_writes_a_bundle(spec, tmp_path):
    path = saved(theirs().state_dict(), tmp_path)
    done = seqrec("import-replay", path, "--spec", spec(), "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert re.search(r"imported\. A checkpoint does not record", done.stdout.replace("\n", " "))
    assert Bundle.load(tmp_path / "out").model


def test_a_checkpoint_of_another_model_is_refused(spec, tmp_path):
    path = saved(theirs(blocks=1).state_dict(), tmp_path)
    done = seqrec("import-replay", path, "--spec", spec(), "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert "body.encoder.blocks.1.attention_norm.weight is missing" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_command_module_does_not_import_torch():
    code = "import sys, seqrec_tool_import_replay.commands; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
