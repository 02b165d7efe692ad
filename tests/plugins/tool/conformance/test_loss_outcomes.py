"""What checks of losses compare: a loss and its gradients, of labels that a seed draws."""

import pytest
import torch
from seqrec_mutants import specs
from seqrec_tool_conformance import suite_for
from seqrec_tool_conformance.loss_outcomes import Outcome, assert_alike


def suite_of(base, mutant):
    cls = specs.of(base, f"losses:{mutant}")
    return type("Suite", (suite_for(cls),), {"spec": cls})()


def test_an_outcome_has_the_gradients_of_states_and_items():
    suite = suite_of(specs.Loss, "Healthy")
    inputs = suite.inputs()
    outcome = suite.outcome(inputs)
    assert outcome.loss > 0
    assert outcome.hidden.shape == inputs["hidden_states"].shape
    assert outcome.items.shape == inputs["item_table"].shape
    assert_alike(suite.outcome(inputs), outcome, "a second call changes")


def test_labels_say_how_often_negatives_are_drawn_unless_told_otherwise():
    suite = suite_of(specs.CorrectedLoss, "Corrected")
    assert suite.answer(suite.inputs(), "nothing") is not None
    assert suite.answer({**suite.inputs(), "logq": False}, "negative_logq") is None
    inputs = suite.inputs()
    each = inputs["negative_labels"].expand(4, -1)
    assert_alike(
        suite.outcome({**inputs, "negative_labels": each}), suite.outcome(inputs), "sets change"
    )


def test_what_differs_is_named():
    one = Outcome(torch.ones(()), torch.zeros(2), torch.zeros(3))
    with pytest.raises(AssertionError, match="it changes the gradient of items"):
        assert_alike(one, one._replace(items=torch.ones(3)), "it changes")
