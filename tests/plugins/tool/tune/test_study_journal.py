"""The journal of a search: shared by processes, whole after a kill."""

import multiprocessing

import optuna
import pytest
from seqrec_tool_tune.study_journal import JOURNAL, HeldFile, storage_at

from seqrec_core.errors import DataError


def study_at(folder):
    return optuna.create_study(storage=storage_at(folder), study_name="a", load_if_exists=True)


def add(folder, count):
    study = study_at(folder)
    for _ in range(count):
        trial = study.ask()
        study.tell(trial, trial.suggest_float("x", 0, 1))


@pytest.mark.slow
def test_processes_share_it_and_no_trial_is_lost_or_doubled(tmp_path):
    study_at(tmp_path)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=add, args=(tmp_path, 5)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    trials = study_at(tmp_path).trials
    assert [trial.number for trial in trials] == [*range(10)]
    assert all(trial.state.is_finished() for trial in trials)


@pytest.mark.parametrize("cut", [1, 7])
def test_a_line_that_was_cut_short_is_no_fault(tmp_path, cut):
    add(tmp_path, 2)
    path = tmp_path / JOURNAL
    path.write_bytes(path.read_bytes()[:-cut])
    study = study_at(tmp_path)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "RUNNING"]
    study.tell(1, 0.5)
    assert study_at(tmp_path).trials[1].value == 0.5


def test_a_lock_can_be_held_again_once_it_is_let_go(tmp_path):
    for _ in range(2):
        lock = HeldFile(tmp_path / "lock")
        assert lock.acquire()
        lock.release()


@pytest.mark.parametrize("line", [b"{]", b"3", b"{}", b""])
def test_a_damaged_line_is_named(tmp_path, line):
    add(tmp_path, 1)
    path = tmp_path / JOURNAL
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], line, *lines[1:]]) + b"\n")
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"journal\.log, line 2 is damaged; restore"):
        storage_at(tmp_path)
    assert path.read_bytes() == before


def test_trials_that_no_journal_knows_are_not_trained_over(tmp_path):
    study_at(tmp_path)
    (tmp_path / "trials").mkdir()
    study_at(tmp_path)
    (tmp_path / "trials" / "0").mkdir()
    with pytest.raises(DataError, match="knows none of the trials in"):
        study_at(tmp_path)
    (tmp_path / "trials" / "0").rmdir()
    add(tmp_path, 1)
    (tmp_path / "trials" / "0").mkdir()
    assert len(study_at(tmp_path).trials) == 1
