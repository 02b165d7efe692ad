"""What is shipped to a process that scores, and what it opens."""

import os
import pickle

import numpy as np
import pytest
import torch
from seqrec_tool_run.result_parts import begun
from seqrec_tool_run.scoring_work import (
    BUNDLE,
    ScoringWork,
    _Scorer,
    _unpacked,
    driver_of,
    pack,
)
from seqrec_tool_run.user_candidates import UserCandidates

from seqrec_core.session import DEFAULT, Session


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """What work of a driver does when it is opened: threads, allow list, session."""
    seen = {}
    monkeypatch.setattr(torch, "set_num_threads", lambda many: seen.update(threads=many))
    monkeypatch.setattr(DEFAULT.registry, "allow_only", lambda names: seen.update(allowed=names))
    monkeypatch.setattr(
        _Scorer, "of", lambda work, files, session=DEFAULT: seen.update(session=session)
    )

    def opened(driver):
        seen.clear()
        with begun(tmp_path / "top") as parts:
            work = ScoringWork("data", parts, 1, False, False, ("seqrec-core",), driver=driver)
            pickle.loads(pickle.dumps(work)).open(tmp_path)
        return dict(seen)

    return opened


def test_the_driver_keeps_its_threads_and_the_session_of_the_caller(opened):
    other = Session()
    assert driver_of(other) != driver_of(DEFAULT)
    for session in (DEFAULT, other):
        assert opened(driver_of(session)) == {"session": session}


def test_another_process_is_told_apart_though_its_number_is_the_same(opened):
    number, token = driver_of(DEFAULT)
    expected = {"threads": 1, "allowed": ("seqrec-core",), "session": DEFAULT}
    assert opened((number, "0" * len(token))) == expected  # in another container
    assert opened((number + 1, token)) == expected  # forked


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
