"""Fits over files that come, without a trainer or files."""

import io
import signal
from types import SimpleNamespace

import pytest
from rich.console import Console
from seqrec_tool_run.following import ENDLESS, Following, check_follows, endless
from seqrec_tool_run.watching import Watching

from seqrec_core import registry
from seqrec_core.contracts import Outcome
from seqrec_core.errors import DataError, SpecError
from seqrec_core.session import load_resolved


class Files:
    """So many files; `later` come when nobody has found one so many times.

    `behind` says that the first was trained on before the run went on.
    """

    def __init__(self, there, later=(), behind=False):
        self.behind, self.there, self.later, self.asked = behind, there, list(later), 0

    def has_more(self):
        if not self.there and self.later:
            self.asked += 1
            if self.asked == 3:
                self.there, self.asked = self.later.pop(0), 0
                if self.there is None:
                    signal.raise_signal(signal.SIGTERM)
        return bool(self.there)

    def begin(self, moved):
        self.moved = moved


@pytest.fixture
def following():
    """Fits of files; each records a row. `calls` has what fits were told, `kept` the epochs."""

    def make(files, *, poll=None, ends_after=None, earlier=None, best=None, **settings):
        calls, kept = [], []

        def keep(row):
            kept.append(row["epoch"])

        watching = Watching(lambda row: None, keep, None, earlier, best)

        def fit(resume):
            calls.append(resume)
            if (resume and len(calls) == 1 and files.behind) or not files.there:
                files.moved()
            files.there -= 1
            watching.record({"epoch": float(len(calls))})
            if len(calls) == ends_after:
                return Outcome([], None)
            files.moved()
            raise AssertionError

        defaults = {"is_chosen": False, "has_weights": lambda: bool(kept), "poll": poll}
        console = Console(record=True, file=io.StringIO())
        it = Following(files, "here", fit, watching, console, **(defaults | settings))
        return SimpleNamespace(it=it, calls=calls, kept=kept, console=console)

    return make


def test_each_file_is_a_fit_that_goes_on_and_the_newest_weights_are_kept(following):
    run = following(Files(3))
    outcome = run.it.run(resume=False)
    assert run.calls == [False, True, True]
    assert run.kept == [row["epoch"] for row in outcome.rows] == [1, 2, 3]
    assert not outcome.interrupted


def test_weights_that_a_validation_chooses_are_left_to_it(following):
    run = following(Files(3), is_chosen=True)
    run.it.run(resume=True)
    assert (run.calls, run.kept) == ([True] * 3, [1])


@pytest.mark.parametrize("best", [None, {"epoch": 1.0}, {"epoch": 2.0}])
@pytest.mark.parametrize("there", [0, 2])
def test_a_run_that_goes_on_keeps_what_only_its_checkpoint_has(following, there, best):
    """Unless a file comes, after which weights are kept anyway, or a validation chooses them."""
    settings = {"earlier": {"epoch": 2.0}, "best": best, "has_weights": lambda: best is not None}
    run = following(Files(there, behind=True), **settings)
    outcome = run.it.run(resume=True)
    goes_on = [2.0, 3.0] if there else []
    assert run.kept == ([] if best and (there or best["epoch"] == 2) else [2.0]) + goes_on
    assert outcome.best is None
    assert ("no new file in here" in run.console.export_text()) == (not there)
    run = following(Files(0, behind=True), is_chosen=True, **settings)
    outcome = run.it.run(resume=True)
    assert run.kept == ([] if best else [2.0])
    assert outcome.best == (best or {"epoch": 2.0})


def test_files_are_waited_for_until_sigterm(following):
    run = following(Files(1, [2, None]), poll=0.001)
    before = signal.getsignal(signal.SIGTERM)
    outcome = run.it.run(resume=False)
    assert signal.getsignal(signal.SIGTERM) is before
    assert (len(run.calls), outcome.interrupted) == (3, True)
    text = run.console.export_text()
    assert text.count("waiting for files in here") == 2
    assert text.count("a file has come") == 1


def test_a_trainer_that_ends_by_itself_ends_the_run_and_that_is_said(following):
    run = following(Files(9), ends_after=2, poll=1)
    assert not run.it.run(resume=False).interrupted
    assert len(run.calls) == 2
    assert "the trainer ended the run, not the stream" in run.console.export_text()


def test_a_new_run_over_nothing_is_an_error_and_one_that_goes_on_is_not(following):
    with pytest.raises(DataError, match=r"here, has no rows to train on.*--follow"):
        following(Files(0)).it.run(resume=False)
    assert following(Files(0)).it.run(resume=True).rows == []


def test_only_what_follows_is_waited_for(spec):
    recipe = load_resolved(spec).recipe
    with pytest.raises(SpecError, match=r"'folder' does not follow files.*installed are follow"):
        check_follows(recipe, registry)


def test_epochs_are_as_many_as_files_unless_the_recipe_says_how_many(spec):
    recipe = load_resolved(spec).recipe
    assert endless(recipe).trainer.max_epochs == 8
    recipe = load_resolved(spec, ["trainer.max_epochs=null"]).recipe
    assert endless(recipe).trainer.max_epochs == ENDLESS
