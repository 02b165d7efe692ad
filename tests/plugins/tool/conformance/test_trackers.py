"""Trackers that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures
from seqrec_tool_conformance import TrackerConformance


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Where mutants write that do not mind the folder of the run."""
    monkeypatch.chdir(tmp_path)


def test_a_right_tracker_passes():
    assert failures(specs.of(specs.Tracker, "trackers:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "WritesElsewhere",
            ["test_it_writes_below_the_folder_of_the_run_alone"],
            "it writes ['elsewhere/values.txt']; the folder of the run is runs/one",
        ),
        (
            "WritesWhenItIsBuilt",
            ["test_it_writes_below_the_folder_of_the_run_alone"],
            "wait for start()",
        ),
        (
            "BeginsAnew",
            ["test_a_resumed_run_keeps_what_was_written_before"],
            "add to what is there",
        ),
        (
            "MovesWhatWasWritten",
            [
                "test_a_resumed_run_keeps_what_was_written_before",
                "test_it_leaves_what_others_wrote",
            ],
            "a resumed run removes ['values.txt']",
        ),
        (
            "TakesTheHistory",
            ["test_it_leaves_what_others_wrote"],
            "it changes ['logs/history.csv'], files of the run that are not its own",
        ),
        ("KnowsNoFailure", ["test_a_run_may_end_in_any_way"], "'failed'"),
        ("NeedsValues", ["test_a_run_may_end_in_any_way"], "NoneType"),
        ("ChangesValues", ["test_inputs_stay_as_they_are"], "it holds"),
    ],
)
def test_a_wrong_tracker_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Tracker, f"trackers:{mutant}"), checks, message)


def suite_of(mutant):
    spec = specs.of(specs.Tracker, f"trackers:{mutant}")
    return type("Suite", (TrackerConformance,), {"spec": spec})()


def test_one_that_stops_a_run_is_named_by_the_command():
    said = r"`seqrec fit` fails: .*trackers\[0\] \(tracker 'subject'.*the disk is full"
    with pytest.raises(AssertionError, match=said):
        suite_of("StopsTheRun").test_every_command_runs()


def test_one_that_takes_files_away_fails_when_a_run_is_resumed():
    with pytest.raises(AssertionError, match=r"removes \['values.txt'\], written before it"):
        suite_of("MovesWhatWasWritten").test_a_run_is_resumed_with_it()
