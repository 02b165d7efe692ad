"""The item tower: embeddings of items, and how long they are kept."""

import copy

import pytest
import torch
from seqrec_model_two_tower.item_tower import take
from small_two_tower import (
    V,
    count_item_rows,
    events,
    naive_item_embeddings,
    naive_query_states,
    two_tower,
)
from torch import nn


def test_embeddings_are_those_of_the_naive_formula(model):
    tower = model.body.item_tower
    expected = naive_item_embeddings(model)
    torch.testing.assert_close(tower(), expected)
    ids = torch.tensor([[7, 0], [2, 2]])
    torch.testing.assert_close(tower(ids), expected[ids])
    many = torch.arange(V).repeat(2, 1)
    torch.testing.assert_close(tower(many), expected[many])


def test_few_items_are_computed_by_themselves_and_many_among_all(model):
    rows, tower = count_item_rows(model), model.body.item_tower
    tower(torch.tensor([4, 1]))
    tower(torch.arange(V))
    assert rows == [2, V]
    assert [tower.are_few(torch.zeros(count)) for count in (V - 1, V)] == [True, False]


def test_rows_of_a_table_are_taken_in_any_shape_and_none_below_zero():
    table = torch.arange(12.0).view(4, 3)
    rows = torch.tensor([[3, 0], [1, 1]])
    assert torch.equal(take(table, rows), table[rows])
    with pytest.raises(IndexError):
        take(table, torch.tensor([-1]))


def test_evaluation_computes_the_items_once_until_a_weight_changes(model):
    rows = count_item_rows(model)
    batch = events()
    model.eval()
    with torch.no_grad():
        first = model(*batch)["logits"]
        model(*batch)
        some = model(*batch, candidates_to_score=torch.tensor([4, 1]))["logits"]
        assert rows == [V]
        torch.testing.assert_close(some, first[:, [4, 1]])
        model.body.embedder.feature_embedders["item_id"].emb.weight.add_(1.0)
        changed = model(*batch)["logits"]
        assert rows == [V, V]
    expected = naive_query_states(model, *batch)[:, -1] @ naive_item_embeddings(model).T
    torch.testing.assert_close(changed, expected)


CHANGES = {
    "an optimiser step": lambda model: step(model),
    "training with a fused optimiser": lambda model: train_fused(model),
    "loaded state": lambda model: model.load_state_dict(
        {k: v + 0.5 if v.is_floating_point() else v for k, v in model.state_dict().items()}
    ),
    "another dtype": lambda model: model.double(),
    "a replaced parameter": lambda model: replace_norm(model),
    "changed features": lambda model: model.body.item_tower.get_buffer("item_reference_price").add_(
        2
    ),
}


def step(model):
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    torch.optim.SGD(model.parameters(), lr=0.1).step()


def train_fused(model):
    """In evaluation mode: fused steps do not count as changes of a tensor."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, fused=True)
    model(*events())["logits"].square().sum().backward()
    optimizer.step()


def replace_norm(model):
    norm = model.body.item_tower.encoder.norm2
    norm.weight = nn.Parameter(torch.full_like(norm.weight, 3.0))


@pytest.mark.parametrize("first", [True, False])
def test_kept_embeddings_are_those_of_the_precision_asked_for(model, first):
    tower = model.eval().body.item_tower
    with torch.no_grad():
        with torch.autocast("cpu", torch.bfloat16, enabled=first):
            tower()
        with torch.autocast("cpu", torch.bfloat16, enabled=not first):
            assert torch.equal(tower(), copy.deepcopy(tower)())


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_kept_embeddings_never_outlive_a_change(model, change, mode):
    model.eval()
    tower = model.body.item_tower
    with mode():
        before = tower()
    change(model)
    with mode():
        after = tower()
        fresh = copy.deepcopy(tower)()
    assert torch.equal(after, fresh)
    assert not torch.equal(after.float(), before)


def test_with_gradients_nothing_is_kept_and_everything_flows(model):
    model.eval()
    with torch.inference_mode():
        model(*events())
    model(*events())["logits"].sum().backward()
    assert model.body.item_tower.encoder.norm1.weight.grad.abs().sum() > 0


def test_mode_switches_forget_the_kept_embeddings(model):
    model.eval()
    with torch.no_grad():
        before = model.body.item_tower()
        model.body.item_tower.encoder.norm2.weight.data.fill_(2.0)
        after = model.eval().body.item_tower()
    assert not torch.equal(before, after)


def test_the_item_tower_has_no_dropout(reader):
    model = two_tower(reader, dropout=0.5)
    assert torch.equal(model.body.item_tower(), model.body.item_tower())
