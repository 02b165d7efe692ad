"""Collecting hidden states."""

import pytest
import torch
from seqrec_callback_hidden_states.hidden_states import HiddenStatesCallback

from seqrec_core.contracts import WantsHiddenStates


def batch(*states):
    return {"logits": torch.zeros(1, 1), "hidden_states": states}


def test_trimmed_batches_are_padded_on_the_left(trainer, model, loader):
    short, long = torch.ones(2, 1, 3), torch.ones(1, 2, 3)
    callback = HiddenStatesCallback(1)
    zero = torch.zeros(1)
    trainer(callback).predict(model, loader([batch(zero, short), batch(zero, long)]))
    states = callback.get_result()
    assert states.shape == (3, 2, 3)
    assert torch.equal(states[0], torch.tensor([[0.0] * 3, [1.0] * 3]))
    assert torch.equal(states[2], long[0])


def test_states_without_positions_are_joined(trainer, model, loader):
    callback = HiddenStatesCallback(-1)
    trainer(callback).predict(model, loader([batch(torch.ones(2, 3)), batch(torch.ones(1, 3))]))
    assert callback.get_result().shape == (3, 3)


def test_a_model_that_gives_too_few_states_is_told_what_it_lacks(trainer, model, loader):
    with pytest.raises(IndexError, match=r"gave 0 hidden states.*output_hidden_states"):
        trainer(HiddenStatesCallback(0)).predict(model, loader([batch()]))


def test_a_result_before_any_prediction_is_refused():
    with pytest.raises(RuntimeError, match=r"call trainer\.predict"):
        HiddenStatesCallback(0).get_result()


def test_it_asks_for_all_states_unless_the_last_one_will_do():
    assert isinstance(HiddenStatesCallback(0), WantsHiddenStates)
    asked = {index: HiddenStatesCallback(index).hidden_states_wanted() for index in (-2, -1, 0, 1)}
    assert asked == {-2: "all", -1: "final", 0: "all", 1: "all"}
