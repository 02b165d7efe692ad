"""Checkpoints are whole or as they were, and run nothing when they are loaded."""

import builtins
import io
import pickle
import zipfile

import pytest
import torch
from rich.console import Console
from seqrec_trainer_lightning.whole_checkpoints import WholeCheckpoints
from tiny_runs import InterruptAt, Model, fit, tiny_trainer

from seqrec_core.errors import SeqrecError

STATE = {"state_dict": {"w": torch.arange(9.0)}, "loops": {}}


class Code:
    """Writes a file where it is unpickled carelessly."""

    def __init__(self, name, *arguments):
        self.name, self.arguments = name, arguments

    def __reduce__(self):
        return self.name, self.arguments


def test_the_one_before_is_kept_until_the_next_is_whole(tmp_path, monkeypatch):
    checkpoints, path = WholeCheckpoints(), tmp_path / "new" / "last.ckpt"
    for step in range(3):
        checkpoints.save_checkpoint({**STATE, "step": step}, path)
    assert checkpoints.load_checkpoint(path)["step"] == 2
    assert checkpoints.load_checkpoint(path.with_name("previous.ckpt"))["step"] == 1
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}

    def full(state, file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space"):
        checkpoints.save_checkpoint(STATE, path)
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


def test_a_file_system_without_second_names_gets_a_copy(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(1, "not here")

    monkeypatch.setattr("os.link", no_links)
    checkpoints, path = WholeCheckpoints(), tmp_path / "last.ckpt"
    for step in range(2):
        checkpoints.save_checkpoint({**STATE, "step": step}, path)
    assert checkpoints.load_checkpoint(path.with_name("previous.ckpt"))["step"] == 0


@pytest.mark.parametrize("damage", ["bit", "cut", "gone"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_goes_on(tmp_path, damage):
    whole, second = Model(), Model()
    fit(tiny_trainer(), tmp_path / "whole", model=whole)
    assert fit(tiny_trainer(callbacks=[InterruptAt(30)]), tmp_path / "run").interrupted
    path = tmp_path / "run" / "checkpoints" / "last.ckpt"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    changes = {
        "bit": lambda: path.write_bytes(content),
        "cut": lambda: path.write_bytes(content[:-9]),
        "gone": path.unlink,
    }
    changes[damage]()
    console = Console(file=io.StringIO())
    fit(tiny_trainer(), tmp_path / "run", model=second, resume=True, console=console)
    assert torch.equal(whole.table, second.table)
    said = console.file.getvalue().splitlines()
    assert sum(str(path) in line and "the one before it" in line for line in said) == 1
    for each in path.parent.iterdir():
        each.write_bytes(content[:-9])
    with pytest.raises(SeqrecError, match=r"last\.ckpt is damaged"):
        fit(tiny_trainer(), tmp_path / "run", resume=True)


@pytest.mark.parametrize("name", ["open", "exec", "print", "bytearray"])
def test_a_checkpoint_with_code_is_a_message(tmp_path, name):
    path, canary = tmp_path / "last.ckpt", tmp_path / "canary"
    arguments = {
        "open": (str(canary), "w"),
        "exec": (f"open({str(canary)!r}, 'w')",),
        "print": ("ran",),
        "bytearray": (10**13,),
    }[name]
    torch.save({**STATE, "other": Code(getattr(builtins, name), *arguments)}, path)
    with pytest.raises(SeqrecError, match=f"{name}, which could run code"):
        WholeCheckpoints().load_checkpoint(path, weights_only=False)
    assert not canary.exists()


def test_a_tensor_longer_than_its_part_is_a_message(tmp_path):
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": {"w": torch.zeros(257)}, "loops": {}}, path)
    content = path.read_bytes()
    rewrite(path, lambda part: part.replace(b"M\x01\x01", b"M\xff\xff"))
    assert path.read_bytes() != content
    with pytest.raises(SeqrecError, match="cannot be loaded"):
        WholeCheckpoints().load_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps([1, 2], 2), b"\x80\x02"])
def test_what_is_no_state_of_a_run_is_a_message(tmp_path, content):
    path = tmp_path / "last.ckpt"
    torch.save(STATE, path)
    rewrite(path, lambda part: content)
    with pytest.raises(SeqrecError, match=r"last\.ckpt (cannot be loaded|is no checkpoint)"):
        WholeCheckpoints().load_checkpoint(path)


def rewrite(path, change):
    """Changes the pickle of a checkpoint, whose checksums are right again."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, change(part) if name.endswith("data.pkl") else part)
