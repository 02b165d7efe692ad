"""Damage of a checkpoint is found wherever it is."""

import zipfile

import pytest
import torch
from seqrec_trainer_lightning.archive_faults import archive_fault, previous_of


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "last.ckpt"
    torch.save({"weights": torch.arange(300.0), "step": 3}, path)
    return path


def test_a_whole_one_has_no_fault(checkpoint):
    assert archive_fault(checkpoint) is None
    assert previous_of(checkpoint) == checkpoint.with_name("previous.ckpt")


def test_any_flipped_bit_of_any_part_is_named(checkpoint):
    content = checkpoint.read_bytes()
    with zipfile.ZipFile(checkpoint) as archive:
        parts = archive.infolist()
    for part in parts:
        place = content.index(part.filename.encode(), part.header_offset) + len(part.filename)
        place += content[part.header_offset + 28] + 256 * content[part.header_offset + 29]
        for offset in {0, part.file_size // 2, part.file_size - 1}:
            damaged = bytearray(content)
            damaged[place + offset] ^= 1
            checkpoint.write_bytes(damaged)
            assert part.filename in archive_fault(checkpoint)


def test_a_file_cut_anywhere_is_damaged(checkpoint):
    content = checkpoint.read_bytes()
    for length in range(0, len(content), 97):
        checkpoint.write_bytes(content[:length])
        assert archive_fault(checkpoint) is not None


def test_a_part_that_grows_when_it_is_read_is_refused_unread(checkpoint):
    with zipfile.ZipFile(checkpoint, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/9", b"\0" * 10_000_000)
    assert "is compressed" in archive_fault(checkpoint)


def test_what_is_no_checkpoint_is_said_to_be_none(tmp_path):
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("letter.txt", "hello")
    assert "data.pkl" in archive_fault(other)
    assert archive_fault(tmp_path) == archive_fault(tmp_path / "none") == "it is not there"
