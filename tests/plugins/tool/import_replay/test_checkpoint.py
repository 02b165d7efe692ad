"""Weights are read from a checkpoint, and nothing of it runs."""

import pytest
import torch
import typer
from replay_sasrec import saved, theirs
from seqrec_tool_import_replay.checkpoint import read_weights

from seqrec_core.errors import SeqrecError


class Trap:
    """An object whose unpickling would leave a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_no_code_of_a_checkpoint_runs(tmp_path):
    trace = tmp_path / "trace"
    content = {
        "state_dict": {f"model.{k}": v for k, v in theirs().state_dict().items()},
        "hyper_parameters": {"optimizer_factory": Trap(str(trace)), "other": typer.Typer()},
    }
    weights = read_weights(saved(content, tmp_path))
    assert weights.keys() == content["state_dict"].keys()
    assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (torch.zeros(3), "holds a Tensor; a state dict is needed"),
        ({"epoch": 3}, "holds no weights; its keys are epoch"),
        (b"text", "cannot be read as a checkpoint"),
        (None, "cannot be read as a checkpoint"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content, words):
    path = tmp_path / "model.ckpt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(SeqrecError, match=words):
        read_weights(path)


def test_a_state_dict_and_one_in_a_lightning_checkpoint_are_read_alike(tmp_path):
    state = theirs().state_dict()
    expected = read_weights(saved(state, tmp_path))
    wrapped = read_weights(saved({"state_dict": state, "epoch": 3}, tmp_path))
    assert wrapped.keys() == expected.keys() == state.keys()
    assert all(torch.equal(wrapped[name], state[name]) for name in state)


def test_what_is_no_tensor_is_left_out(tmp_path):
    content = {"weight": torch.ones(2), "step": 3, "name": "model"}
    assert list(read_weights(saved(content, tmp_path))) == ["weight"]
