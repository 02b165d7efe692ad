"""What a forward pass returns, what its loss is given, and what it says of wrong calls."""

import pytest
import torch
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_next_item.next_item import next_item

B, L, D, V = 2, 3, 4, 5
STATES = torch.arange(2.0 * B * L * D).view(2, B, L, D)
ITEMS = torch.randn(V, D, generator=torch.Generator().manual_seed(0))
FEATURES = {"item_id": torch.zeros(B, L).long()}
MASK = torch.ones(B, L).bool()
LABELS = {"positive_labels": torch.ones(B, L, 1).long(), "target_padding_mask": MASK[..., None]}
NEGATIVES = torch.arange(3)


class DotHead:
    dot_product = True

    def __call__(self, hidden, items):
        return hidden @ items.T


class RecordingLoss:
    """Remembers what it was called with."""

    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, value)

    def __call__(self, model_embeddings, **arguments):
        self.arguments = arguments
        return model_embeddings.sum()


class Model:
    """Two hidden states, of which only the last is scored."""

    output_hidden_states = "final"

    def __init__(self, training, **loss):
        self.training, self.loss, self.calls = training, RecordingLoss(**loss), []

    def hidden_states(self, feature_tensors, padding_mask):
        self.calls.append("all positions")
        return tuple(STATES)

    def last_hidden_state(self, feature_tensors, padding_mask):
        self.calls.append("last position")
        return STATES[-1][:, -1]

    def scorer(self):
        return ItemScorer(
            DotHead(), lambda ids=None: ITEMS if ids is None else ITEMS.index_select(0, ids)
        )


def call(model, candidates=None, negatives=None, **labels):
    arguments = [labels.get("positive_labels"), negatives, labels.get("target_padding_mask")]
    return next_item(model, FEATURES, MASK, candidates, *arguments)


def test_training_gives_the_loss_of_all_positions_and_their_states():
    model = Model(training=True)
    output = call(model, **LABELS)
    assert output["loss"] == STATES[-1].sum()
    assert len(output["hidden_states"]) == 2
    model.output_hidden_states = "none"
    assert call(model, **LABELS) == {"loss": STATES[-1].sum(), "hidden_states": ()}


@pytest.mark.parametrize("choice", ["none", "final", "all"])
def test_evaluation_scores_the_last_position(choice):
    model = Model(training=False)
    model.output_hidden_states = choice
    output = call(model)
    torch.testing.assert_close(output["logits"], STATES[-1][:, -1] @ ITEMS.T)
    assert model.calls == ["last position" if choice == "none" else "all positions"]
    assert len(output["hidden_states"]) == (0 if choice == "none" else 2)
    some = call(model, candidates=torch.tensor([3, 1]))["logits"]
    torch.testing.assert_close(some, output["logits"][:, [3, 1]])


def test_an_unknown_choice_of_hidden_states_is_refused():
    model = Model(training=True)
    model.output_hidden_states = "last"
    with pytest.raises(ValueError, match="'last'; choose 'none', 'final' or 'all'"):
        call(model, **LABELS)


@pytest.mark.parametrize(
    ("needs", "extra"),
    [
        ({}, set()),
        ({"needs_negatives": True}, {"negative_labels"}),
        ({"needs_feature_tensors": True}, {"feature_tensors"}),
        (
            {"needs_negatives": True, "needs_feature_tensors": True},
            {"negative_labels", "feature_tensors"},
        ),
    ],
)
def test_a_loss_gets_what_it_asks_for(needs, extra):
    model = Model(training=True, **needs)
    call(model, negatives=NEGATIVES if "needs_negatives" in needs else None, **LABELS)
    always = {"positive_labels", "target_padding_mask", "scorer"}
    assert model.loss.arguments.keys() == always | extra


def test_arguments_without_effect_are_warned_of():
    for name, message, arguments in (
        ("candidates_to_score", "in training", {"candidates": NEGATIVES}),
        ("negative_labels", "in RecordingLoss", {"negatives": NEGATIVES}),
    ):
        with pytest.warns(RuntimeWarning, match=f"{name} was given and has no effect {message}"):
            call(Model(training=True), **arguments, **LABELS)
    for name, value in (LABELS | {"negative_labels": NEGATIVES}).items():
        arguments = {"negatives": value} if name == "negative_labels" else {name: value}
        with pytest.warns(RuntimeWarning, match=f"{name} was given and has no effect in evalu"):
            call(Model(training=False), **arguments)


def test_labels_that_training_needs_are_asked_for():
    for name in LABELS:
        labels = {key: value for key, value in LABELS.items() if key != name}
        with pytest.raises(ValueError, match="add the next_token transform"):
            call(Model(training=True), **labels)
    with pytest.raises(ValueError, match="RecordingLoss needs negative_labels; add a sampler"):
        call(Model(training=True, needs_negatives=True), **LABELS)
