"""What is shipped to a process that scores, and what it opens."""

import os

import numpy as np
import torch
from seqrec_tool_run.scoring_work import BUNDLE, _unpacked, pack
from seqrec_tool_run.user_candidates import UserCandidates


def test_a_bundle_is_shipped_without_its_logs(run, tmp_path):
    (run / "assets" / "model").mkdir(parents=True)
    (run / "assets" / "model" / "a.bin").write_text("asset")
    folder = tmp_path / "shipped"
    folder.mkdir()
    pack(run, None, folder)
    assert (folder / BUNDLE / "assets" / "model" / "a.bin").read_text() == "asset"
    assert {"spec.lock.json", "model.safetensors"} <= set(os.listdir(folder / BUNDLE))
    assert not {"logs", "checkpoints"} & set(os.listdir(folder / BUNDLE))
    assert _unpacked(folder, None) is None


def test_candidates_come_back_as_they_were(run, tmp_path):
    one, each = tmp_path / "one", tmp_path / "each"
    for folder in (one, each):
        folder.mkdir()
    pack(run, torch.tensor([5, 2, 9]), one)
    assert _unpacked(one, None).tolist() == [5, 2, 9]
    source = tmp_path / "each.csv"
    users = UserCandidates.of_pairs(np.array([3, 1, 3]), np.array([7, 4, 2]), source)
    pack(run, users, each)
    again = _unpacked(each, source)
    asked = torch.tensor([3, 2, 1])
    assert torch.equal(again.of_users(asked), users.of_users(asked))
    assert again.source == source
