"""Whole searches: what they leave, that they can be repeated, cut short and gone on with."""

import os
import signal
import subprocess
import sys
import time

import pytest
from seqrec_tool_run.history_csv import read_rows
from seqrec_tool_tune.trial_workers import Worker
from seqrec_tool_tune.tune import next_step, tune

from seqrec_core import Bundle
from seqrec_core.errors import SeqrecError
from seqrec_core.session import load_resolved

pytestmark = pytest.mark.slow


def outcomes(result):
    return {fact.number: (dict(fact.parameters), fact.value) for fact in result.trials}


def test_the_same_seed_and_one_process_make_the_same_search(spec, space_of, tmp_path):
    space = space_of()
    first = tune(spec, space, tmp_path / "a", trials=3)
    tune(spec, space, tmp_path / "b", trials=2)
    second = tune(spec, space, tmp_path / "b", trials=3, resume=True)
    assert outcomes(first) == outcomes(second)
    assert len(first.trials) == 3
    values = [fact.value for fact in first.trials]
    assert values == sorted(values, reverse=True)

    best = first.trials[0]
    run = Bundle.load(tmp_path / "a" / "trials" / str(best.number))
    assert run.metrics["validate/ndcg@10"] == best.value
    recipe = load_resolved(tmp_path / "a" / "best.json").recipe
    assert recipe == run.recipe
    assert recipe.model.dropout == best.parameters["model.dropout"]
    assert f"trials/{best.number}" in next_step(first)
    assert "best.json" in next_step(first)
    page = (tmp_path / "a" / "report.html").read_text()
    assert page.count("<svg") >= 5
    assert f"{best.value:.4f}" in page

    with pytest.raises(SeqrecError, match="holds a search; go on with it by --resume"):
        tune(spec, space, tmp_path / "a")
    narrow = space_of(**{"model.dropout": {"low": 0.1, "high": 0.2}})
    with pytest.raises(SeqrecError, match="the space differs"):
        tune(spec, narrow, tmp_path / "a", resume=True)


def test_a_search_in_which_all_fail_is_an_error_with_the_first_reason(spec, space_of, tmp_path):
    space = space_of(**{"trainer.optimizer.lr": {"choices": [1e38]}})
    with pytest.raises(SeqrecError, match=r"^all 2 trials failed; trial 0: .*loss became nan"):
        tune(spec, space, tmp_path / "study", trials=2)
    page = (tmp_path / "study" / "report.html").read_text()
    assert page.count("failed: ") == 2
    assert not (tmp_path / "study" / "best.json").exists()


def test_a_trial_whose_process_is_killed_has_failed_and_the_search_goes_on(
    spec, space_of, tmp_path, monkeypatch
):
    """As where memory runs out."""
    send, killed = Worker.send, []

    def send_and_kill(worker, **message):
        send(worker, **message)
        if not killed:
            killed.append(worker)
            worker.process.kill()

    monkeypatch.setattr(Worker, "send", send_and_kill)
    result = tune(spec, space_of(), tmp_path / "study", trials=2)
    assert [(fact.number, fact.state) for fact in result.trials] == [(1, "finished"), (0, "failed")]
    assert "SIGKILL, as happens where memory runs out" in result.trials[1].reason
    assert str(tmp_path / "study" / "trials" / "0.log") in result.trials[1].reason


def test_a_trial_that_leads_nowhere_is_ended_early(spec, space_of, tmp_path, monkeypatch):
    monkeypatch.setattr("seqrec_tool_tune.tune.STARTUP", 1)
    space = space_of(**{"trainer.optimizer.lr": {"choices": [0.05, 1e-9]}})
    epochs = ["trainer.max_epochs=8", "seed=1"]
    result = tune(spec, space, tmp_path / "study", overrides=epochs, trials=8)
    pruned = [fact for fact in result.trials if fact.state == "pruned"]
    assert pruned
    assert result.best.parameters["trainer.optimizer.lr"] == 0.05
    assert all(fact.epochs < 8 and fact.value < result.best.value for fact in pruned)


def test_after_the_time_no_trial_is_begun(spec, space_of, tmp_path):
    result = tune(spec, space_of(), tmp_path / "study", timeout=0)
    assert (result.trials, result.best) == ([], None)
    assert "--resume" in next_step(result)
    assert "<svg" not in (tmp_path / "study" / "report.html").read_text()


@pytest.mark.parametrize(("blow", "jobs"), [(signal.SIGKILL, 2), (signal.SIGTERM, 1)])
def test_a_search_that_is_cut_short_loses_no_trial_and_doubles_none(
    spec, space_of, tmp_path, blow, jobs
):
    space, out = space_of(), tmp_path / "study"
    words = ["tune", spec, "--space", space, "--out", out, "--trials", 2, "--jobs", jobs]
    code = "import sys; from seqrec_core.cli.app import main; main()"
    command = [sys.executable, "-c", code, *map(str, words)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 180
    while not [*out.glob("trials/*/logs/history.csv")] and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(blow)
    _, said = process.communicate(timeout=180)
    assert process.returncode == (-blow if blow == signal.SIGKILL else 130), said
    if blow != signal.SIGKILL:
        assert "interrupted; go on with --resume" in said
    result = tune(spec, space, out, trials=2, resume=True)
    assert sorted(fact.number for fact in result.trials) == [0, 1]
    for fact in result.trials:
        assert fact.state == "finished", fact
        rows = read_rows(out / "trials" / str(fact.number) / "logs" / "history.csv")
        assert [row["epoch"] for row in rows] == [1, 2]
