import pytest
import torch
from seqrec_model_bert4rec.body import HIDDEN

from seqrec_core.errors import SpecError


def loss_of(model, features, real, hidden, **more):
    labels = torch.tensor([[[3], [4], [5], [6], [7]]]).expand(2, -1, -1)
    arguments = {"positive_labels": labels, "target_padding_mask": hidden[..., None], **more}
    return model.train()(features, real, **arguments)["loss"]


@pytest.mark.parametrize("name", ["item_id", "device", "price"])
def test_what_is_hidden_is_not_read_and_what_stands_around_it_is(make, events, name):
    model, (features, real) = make(), events
    hidden = torch.arange(5).eq(3).expand(2, -1)
    expected = loss_of(model, features, real, hidden)
    for place in (2, 3, 4):
        other = features[name].clone()
        other[1, place] = other[1, place] + 1 if name == "price" else (other[1, place] + 1) % 4
        is_read = loss_of(model, {**features, name: other}, real, hidden) != expected
        assert is_read == (place != 3), place


def test_the_loss_is_the_cross_entropy_of_what_is_hidden(make, events):
    model, (features, real) = make(), events
    hidden = real & torch.tensor([False, False, True, False, True])
    states = model.body({**features, HIDDEN: hidden}, real)
    logits = (states @ model.body.embedder.get_item_weights().T)[hidden]
    labels = torch.tensor([3, 4, 5, 6, 7]).expand(2, -1)[hidden]
    expected = -logits.double().log_softmax(-1).gather(1, labels[:, None]).mean()
    torch.testing.assert_close(loss_of(model, features, real, hidden).double(), expected)


def test_evaluation_asks_for_an_event_behind_the_last_as_training_hides_one(make, events):
    model, (features, real) = make().eval(), events
    longer = {name: torch.cat([f, f[:, -1:]], 1) for name, f in features.items()}
    one = torch.ones(2, 1, dtype=torch.bool)
    longer[HIDDEN] = torch.cat([torch.zeros_like(real), one], 1)
    states = model.body(longer, torch.cat([real, one], 1))
    output = model(features, real)
    torch.testing.assert_close(output["hidden_states"][-1], states[:, 1:])
    expected = states[:, -1] @ model.body.embedder.get_item_weights().T
    torch.testing.assert_close(output["logits"], expected)
    fast = model(features, real, output_hidden_states="none")
    torch.testing.assert_close(fast["logits"], expected)
    assert fast["hidden_states"] == ()
    assert len(model(features, real, output_hidden_states="all")["hidden_states"]) == 3


def test_a_history_that_fills_all_positions_loses_its_oldest_event(make):
    model, real = make(features=["item_id"]).eval(), torch.ones(1, 6, dtype=torch.bool)
    logits = [
        model({"item_id": torch.tensor([items])}, mask)["logits"]
        for items, mask in (
            ([1, 2, 3, 4, 5, 6], real),
            ([9, 2, 3, 4, 5, 6], real),
            ([2, 3, 4, 5, 6], real[:, 1:]),
        )
    ]
    torch.testing.assert_close(logits[0], logits[1])
    torch.testing.assert_close(logits[0], logits[2])


def test_what_is_no_sequence_is_not_made_longer(make, events):
    model, (features, real) = make().eval(), events
    more = {**features, "request_time": torch.tensor([7, 8]), "vector": torch.ones(2, 3)}
    torch.testing.assert_close(model(more, real)["logits"], model(features, real)["logits"])


@pytest.mark.parametrize(
    ("loss", "behind"),
    [
        ("ce", 0),
        ("ce_sampled", 1),
        ("bce_sampled", 1),
    ],
)
def test_negatives_are_drawn_behind_the_hidden_events_where_the_loss_needs_them(
    recipe_of, loss, behind
):
    recipe = recipe_of(loss=loss, hidden_share=0.4, last_share=0.2)
    steps = recipe.data.transforms["train"]
    assert recipe.data.transforms["predict"] == (steps[0], steps[2])
    assert (steps[1].share, steps[1].last_share) == (0.4, 0.2)
    assert len(steps) == 3 + behind
    assert (recipe.model.negatives is not None) == bool(behind)


def test_features_that_are_not_there_are_refused(recipe_of):
    with pytest.raises(SpecError, match="choose features of events: item_id, device, price"):
        recipe_of(features=["item_id", "colour"])
    with pytest.raises(SpecError, match="lacks the item id"):
        recipe_of(features=["device"])


def test_heads_share_the_embedding_evenly(recipe_of):
    with pytest.raises(SpecError, match="3 does not divide embedding_dim 8"):
        recipe_of(num_heads=3)
