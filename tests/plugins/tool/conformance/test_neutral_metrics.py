"""Metrics for any trainer that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_metric_passes():
    assert failures(specs.of(specs.NeutralMetric, "neutral_metrics:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "MergesHalf",
            ["test_two_processes_measure_what_one_does"],
            "measuring in two processes changes hitrate@1",
        ),
        (
            "MergesWhatItHas",
            ["test_two_processes_measure_what_one_does"],
            "merge calls `total` more often in one process than in another",
        ),
        (
            "NeverForgets",
            ["test_a_reset_forgets_what_was_before"],
            "two equal passes give different numbers",
        ),
        (
            "TakesTheLastBatch",
            [
                "test_the_order_of_batches_does_not_matter",
                "test_two_processes_measure_what_one_does",
            ],
            "the order of batches changes hitrate@1",
        ),
        (
            "ChangesLogits",
            ["test_outputs_stay_as_they_are", "test_inputs_stay_as_they_are"],
            "it edits outputs, which others get too",
        ),
        ("GivesTensors", ["test_it_gives_numbers_by_name"], "hitrate@1 is Tensor, no float"),
        ("FailsWithoutBatches", ["test_nothing_to_measure_is_no_error"], "division by zero"),
    ],
)
def test_a_wrong_metric_is_caught_by_the_right_check(mutant, checks, message, monkeypatch):
    monkeypatch.setattr("seqrec_tool_conformance.neutral_metrics.SECONDS", 0.2)
    assert_caught(specs.of(specs.NeutralMetric, f"neutral_metrics:{mutant}"), checks, message)


def test_what_its_contract_names_and_it_lacks_is_named():
    messages = failures(specs.of(specs.NeutralMetric, "neutral_metrics:HasNoMerge"))
    missing = messages["test_it_has_what_its_contract_names"]
    assert missing == "HasNoMerge has no merge, which MetricProto of seqrec_core.contracts names"
