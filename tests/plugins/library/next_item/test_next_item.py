"""What a forward pass returns, what its loss is given, and what it says of wrong calls."""

import pytest
import torch
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_next_item.next_item import next_item

from seqrec_core.contracts import Labels

B, L, D, V = 2, 3, 4, 5
STATES = torch.arange(2.0 * B * L * D).view(2, B, L, D)
ITEMS = torch.randn(V, D, generator=torch.Generator().manual_seed(0))
FEATURES = {"item_id": torch.zeros(B, L).long()}
MASK = torch.ones(B, L).bool()
LABELS = {"positive_labels": torch.ones(B, L, 1).long(), "target_padding_mask": MASK[..., None]}
NEGATIVES = torch.arange(3)


class DotHead:
    def is_dot_product(self):
        return True

    def __call__(self, hidden, items):
        return hidden @ items.T


class RecordingLoss:
    """Remembers the labels that it was called with."""

    def __call__(self, hidden_states, labels, *, scorer):
        self.labels = labels
        return hidden_states.sum()


class Model:
    """Two hidden states, of which only the last is scored."""

    def __init__(self, training, is_short=True):
        self.training, self.is_short = training, is_short
        self.loss, self.calls = RecordingLoss(), []

    def hidden_states(self, feature_tensors, padding_mask, which="final"):
        self.calls.append(which)
        return tuple(STATES) if which == "all" else (STATES[-1],)

    def last_hidden_state(self, feature_tensors, padding_mask):
        self.calls.append("last position")
        return STATES[-1][:, -1] if self.is_short else None

    def scorer(self):
        return ItemScorer(
            DotHead(), lambda ids=None: ITEMS if ids is None else ITEMS.index_select(0, ids)
        )


def call(model, candidates=None, negatives=None, choice="final", **labels):
    arguments = [labels.get("positive_labels"), negatives, labels.get("target_padding_mask")]
    return next_item(model, FEATURES, MASK, candidates, *arguments, choice)


@pytest.mark.parametrize(("choice", "count"), [("none", 0), ("final", 1), ("all", 2)])
def test_training_gives_the_loss_of_all_positions_and_the_states_that_are_asked_for(choice, count):
    output = call(Model(training=True), choice=choice, **LABELS)
    assert output["loss"] == STATES[-1].sum()
    assert len(output["hidden_states"]) == count


@pytest.mark.parametrize(
    ("choice", "calls", "count"),
    [("none", ["last position"], 0), ("final", ["final"], 1), ("all", ["all"], 2)],
)
def test_evaluation_scores_the_last_position(choice, calls, count):
    model = Model(training=False)
    output = call(model, choice=choice)
    torch.testing.assert_close(output["logits"], STATES[-1][:, -1] @ ITEMS.T)
    assert model.calls == calls
    assert len(output["hidden_states"]) == count
    some = call(model, candidates=torch.tensor([3, 1]))["logits"]
    torch.testing.assert_close(some, output["logits"][:, [3, 1]])


def test_a_model_without_the_short_way_goes_the_long_one():
    model = Model(training=False, is_short=False)
    output = call(model, choice="none")
    torch.testing.assert_close(output["logits"], STATES[-1][:, -1] @ ITEMS.T)
    assert output["hidden_states"] == ()


def test_an_unknown_choice_of_hidden_states_is_refused():
    with pytest.raises(ValueError, match="'last'; choose 'none', 'final' or 'all'"):
        call(Model(training=True), choice="last", **LABELS)


@pytest.mark.parametrize("negatives", [None, NEGATIVES])
def test_a_loss_gets_all_labels_of_the_batch_and_its_features(negatives):
    model = Model(training=True)
    call(model, negatives=negatives, **LABELS)
    labels = model.loss.labels
    assert isinstance(labels, Labels)
    assert labels.positives is LABELS["positive_labels"]
    assert labels.mask is LABELS["target_padding_mask"]
    assert labels.negatives is negatives
    assert labels.weights is None
    assert labels.features is FEATURES


def test_arguments_without_effect_are_warned_of():
    message = "candidates_to_score was given and has no effect in training"
    with pytest.warns(RuntimeWarning, match=message):
        call(Model(training=True), candidates=NEGATIVES, **LABELS)
    for name, value in (LABELS | {"negative_labels": NEGATIVES}).items():
        arguments = {"negatives": value} if name == "negative_labels" else {name: value}
        with pytest.warns(RuntimeWarning, match=f"{name} was given and has no effect in evalu"):
            call(Model(training=False), **arguments)


def test_labels_that_training_needs_are_asked_for():
    for name in LABELS:
        labels = {key: value for key, value in LABELS.items() if key != name}
        with pytest.raises(ValueError, match="add the next_token transform"):
            call(Model(training=True), **labels)
