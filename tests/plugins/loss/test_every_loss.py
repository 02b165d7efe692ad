"""What holds for every loss: padding has no say, nothing is mutated, nothing huge is held."""

import inspect

import pytest
import torch
from seqrec_library_kernels import catalogue_loss
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.torch_internals import TorchDispatchMode
from seqrec_loss_bce.bce import BCE, BCESampled
from seqrec_loss_ce.ce import CE, CESampled
from seqrec_loss_ce_unseen.ce_unseen import CEUnseen
from seqrec_loss_ce_weighted.ce_weighted import CESampledWeighted, CEWeighted
from seqrec_loss_gbce.gbce import GBCE
from seqrec_loss_grouped.grouped import GroupedCESampled, GroupedLogInCESampled
from seqrec_loss_login.login import LogInCE, LogInCESampled
from seqrec_loss_logout.logout import LogOutCE, LogOutCEWeighted
from seqrec_loss_sce.sce import SCE

from seqrec_core.contracts import Labels, LossProto

ONE_POSITIVE = {
    "CE": lambda items: CE(label_smoothing=0.1),
    "CE by torch": lambda items: CE(backend="torch"),
    "CE by torch's chunks": lambda items: CE(backend="linear_cross_entropy"),
    "CEWeighted": lambda items: CEWeighted("w"),
    "CEUnseen": lambda items: CEUnseen(),
    "SCE": lambda items: SCE(3, 8, 8),
}
SEVERAL_POSITIVES = {
    "CESampled": lambda items: CESampled(),
    "CESampledWeighted": lambda items: CESampledWeighted("w"),
    "BCE": lambda items: BCE(),
    "BCESampled": lambda items: BCESampled(),
    "GBCE": GBCE,
    "GroupedCESampled": lambda items: GroupedCESampled(2),
    "GroupedLogInCESampled": lambda items: GroupedLogInCESampled(2),
    "LogInCE": LogInCE,
    "LogInCESampled": lambda items: LogInCESampled(),
    "LogOutCE": LogOutCE,
    "LogOutCEWeighted": lambda items: LogOutCEWeighted(items, "w"),
}
CHUNKED = ["CE", "CEWeighted", "CEUnseen", "BCE", "LogInCE", "LogOutCE", "LogOutCEWeighted"]

every_loss = pytest.mark.parametrize("name", [*ONE_POSITIVE, *SEVERAL_POSITIVES])


def items_of(batch):
    """Items (B, L) of a sequence, some of them padding."""
    users, length, _ = batch.mask.shape
    return (torch.arange(users * length) * 5 % batch.table.size(0)).view(users, length)


def call(name, batch, negatives=None, labels=None, mask=None, items=None):
    loss = {**ONE_POSITIVE, **SEVERAL_POSITIVES}[name](batch.table.size(0) - 1)
    features = {
        "w": torch.linspace(0, 1, batch.mask.numel()).view_as(batch.mask),
        "item_id": items_of(batch) if items is None else items,
    }
    labels = Labels(
        batch.labels if labels is None else labels,
        batch.mask if mask is None else mask,
        torch.arange(7) if negatives is None else negatives,
        features=features,
    )
    torch.manual_seed(0)
    return loss(batch.hidden, labels, scorer=batch.scorer)


@pytest.fixture
def batch_for(make_batch):
    return lambda name, **shape: make_batch(
        positives=3 if name in SEVERAL_POSITIVES else 1, **shape
    )


@every_loss
def test_no_targets_give_a_loss_of_zero_and_gradients_of_zero(batch_for, draw_negatives, name):
    batch = batch_for(name)
    loss = call(name, batch, draw_negatives(batch), mask=torch.zeros_like(batch.mask))
    assert loss == 0
    assert all((gradient == 0).all() for gradient in batch.gradients(loss))


@every_loss
@pytest.mark.parametrize("filler", [0, 11, 12, -100, 10**9])
def test_padding_may_hold_any_label(batch_for, assert_same, draw_negatives, name, filler):
    batch = batch_for(name)
    negatives = draw_negatives(batch)
    padded = call(name, batch, negatives, labels=batch.labels.masked_fill(~batch.mask, filler))
    assert_same(batch, padded, call(name, batch, negatives))


@every_loss
def test_positions_without_target_have_no_say(batch_for, draw_negatives, name):
    batch = batch_for(name)
    gradient, _ = batch.gradients(call(name, batch, draw_negatives(batch)))
    assert (gradient[~batch.mask.any(-1)] == 0).all()
    assert (gradient[batch.mask.any(-1)] != 0).any()


@every_loss
def test_arguments_stay_as_they_are(batch_for, draw_negatives, name):
    batch, negatives = batch_for(name), draw_negatives(batch_for(name))
    arguments = (batch.hidden, batch.table, batch.labels, batch.mask, negatives)
    before = [tensor.detach().clone() for tensor in arguments]
    call(name, batch, negatives).backward()
    for tensor, copy in zip(arguments, before, strict=True):
        assert tensor.shape == copy.shape
        assert torch.equal(tensor, copy)


@every_loss
def test_single_and_half_precision_come_close_to_double(batch_for, draw_negatives, name):
    exact = batch_for(name)
    negatives = draw_negatives(exact)
    expected = call(name, exact, negatives).item()
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 0.05)):
        batch = exact.but(
            hidden=exact.hidden.detach().to(dtype).requires_grad_(),
            table=exact.table.detach().to(dtype).requires_grad_(),
        )
        loss = call(name, batch, negatives)
        assert loss.item() == pytest.approx(expected, rel=tolerance)
        assert {gradient.dtype for gradient in batch.gradients(loss)} == {dtype}


@every_loss
def test_autocast_comes_close_to_single_precision(batch_for, draw_negatives, name):
    exact = batch_for(name)
    negatives = draw_negatives(exact)
    batch = exact.but(
        hidden=exact.hidden.detach().float().requires_grad_(),
        table=exact.table.detach().float().requires_grad_(),
    )
    expected = call(name, batch, negatives).item()
    with torch.autocast("cpu", torch.bfloat16):
        loss = call(name, batch, negatives)
    assert loss.item() == pytest.approx(expected, rel=0.05)
    assert {gradient.dtype for gradient in batch.gradients(loss)} == {torch.float32}


@pytest.mark.parametrize(
    "loss", [CE(torch.full((11,), 2e4)), CESampled(weight=torch.full((8,), 2e4))]
)
def test_class_weights_in_half_precision_do_not_add_up_to_infinity(make_batch, loss):
    batch = make_batch()
    half = batch.but(hidden=batch.hidden.half(), table=batch.table.half())

    def value(of):
        return loss(of.hidden, Labels(of.labels, of.mask, torch.arange(7)), scorer=of.scorer).item()

    expected = value(batch)
    loss.half()
    assert value(half) == pytest.approx(expected, rel=0.01)


@every_loss
def test_ids_may_be_short_integers(batch_for, assert_same, draw_negatives, name):
    batch, negatives = batch_for(name), draw_negatives(batch_for(name))
    short = call(
        name, batch, negatives.int(), labels=batch.labels.int(), items=items_of(batch).int()
    )
    assert_same(batch, short, call(name, batch, negatives))


class LargestTensor(TorchDispatchMode):
    """Remembers the number of elements of the largest tensor that an operation returned."""

    elements = 0

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        result = function(*arguments, **(keywords or {}))
        for output in result if isinstance(result, tuple | list) else [result]:
            if isinstance(output, torch.Tensor):
                self.elements = max(self.elements, output.numel())
        return result


@pytest.mark.parametrize("name", CHUNKED)
@pytest.mark.parametrize("dot_product", [True, False])
def test_full_catalogue_losses_never_hold_all_logits(
    batch_for, cosine_head, monkeypatch, name, dot_product
):
    monkeypatch.setattr(catalogue_loss, "CACHE_BYTES", 0)
    monkeypatch.setattr(catalogue_loss, "FEWEST_ROWS", 8)
    head = {} if dot_product else {"head": cosine_head}
    batch = batch_for(name, users=16, length=10, items=200, dim=2, **head)
    with LargestTensor() as largest:
        call(name, batch).backward()
    targets = int(batch.mask.any(-1).sum())
    assert targets > 60
    assert largest.elements <= 8 * 200


@pytest.mark.parametrize("name", ["CESampled", "BCESampled", "GBCE", "LogInCESampled"])
def test_sampled_losses_never_gather_items_for_every_position(batch_for, monkeypatch, name):
    monkeypatch.setattr(catalogue_loss, "CACHE_BYTES", 4096)
    batch = batch_for(name, users=16, length=10, items=50, dim=32)
    negatives = torch.randint(0, 50, (16, 40))
    with LargestTensor() as largest:
        call(name, batch, negatives).backward()
    assert largest.elements < int(batch.mask.any(-1).sum()) * 40 * 32 / 4


@pytest.mark.parametrize("name", CHUNKED)
def test_chunks_do_not_change_the_numbers(batch_for, assert_same, monkeypatch, name):
    batch = batch_for(name, users=6)
    whole = call(name, batch)
    monkeypatch.setattr(catalogue_loss, "CACHE_BYTES", 0)
    monkeypatch.setattr(catalogue_loss, "FEWEST_ROWS", 2)
    assert_same(batch, call(name, batch), whole)


@every_loss
def test_another_padding_id_is_mapped_to_rows(batch_for, name):
    """With padding 0 the table's row 0 is the pad row and items are 1..V."""
    batch = batch_for(name)
    negatives = torch.randint(0, 11, (7,))
    expected = call(name, batch, negatives)
    shifted = batch.but(table=torch.cat([batch.table[-1:], batch.table[:-1]]))
    object.__setattr__(shifted, "labels", batch.labels + 1)

    class Shifted(type(batch)):
        @property
        def scorer(self):
            table = self.table
            return ItemScorer(
                self.head, lambda ids=None: table[1:] if ids is None else table[ids], 0
            )

    moved = Shifted(shifted.hidden, shifted.table, shifted.labels, shifted.mask, shifted.head)
    items = (items_of(batch) + 1) % len(batch.table)
    loss = call(name, moved, negatives + 1, items=items)
    assert loss.item() == pytest.approx(expected.item())


def loss_of(name, batch):
    return {**ONE_POSITIVE, **SEVERAL_POSITIVES}[name](batch.table.size(0) - 1)


@every_loss
def test_the_labels_of_the_reference_give_the_same_one_by_one(batch_for, draw_negatives, name):
    batch = batch_for(name)
    loss, negatives = loss_of(name, batch), draw_negatives(batch)
    weights = torch.linspace(0, 1, batch.mask.numel()).view_as(batch.mask)
    features = {"w": weights, "item_id": items_of(batch)}
    expected = call(name, batch, negatives).item()
    labels = {
        "positive_labels": batch.labels,
        "negative_labels": negatives,
        "target_padding_mask": batch.mask,
    }
    torch.manual_seed(0)
    named = loss(
        model_embeddings=batch.hidden,
        feature_tensors=features,
        padding_mask=batch.mask.any(-1),
        **labels,
        scorer=batch.scorer,
    )
    torch.manual_seed(0)
    ordered = loss(batch.hidden, *labels.values(), feature_tensors=features, scorer=batch.scorer)
    assert named.item() == ordered.item() == expected


@every_loss
def test_every_loss_follows_the_contract(batch_for, name):
    loss = loss_of(name, batch_for(name))
    assert isinstance(loss, LossProto)
    parameters = inspect.signature(loss.forward).parameters
    assert list(parameters) == ["hidden_states", "labels", "scorer"]


@pytest.mark.parametrize("name", sorted(SEVERAL_POSITIVES.keys() - CHUNKED))
def test_a_loss_that_misses_negatives_says_so(batch_for, name):
    batch = batch_for(name)
    labels = Labels(batch.labels, batch.mask, weights=torch.ones(batch.mask.shape))
    words = rf"{name} needs negative_labels; add the transform negatives"
    with pytest.raises(ValueError, match=words):
        loss_of(name, batch)(batch.hidden, labels, scorer=batch.scorer)


@pytest.mark.parametrize("name", ["CEWeighted", "CESampledWeighted", "LogOutCEWeighted"])
def test_weights_of_the_labels_beat_those_of_the_features(batch_for, name):
    batch = batch_for(name)
    negatives = torch.arange(7)
    weights = torch.linspace(0, 1, batch.mask.numel()).view_as(batch.mask)

    def value(**given):
        labels = Labels(batch.labels, batch.mask, negatives, **given)
        return loss_of(name, batch)(batch.hidden, labels, scorer=batch.scorer).item()

    assert value(weights=weights) == value(features={"w": weights})
    assert value(weights=weights, features={"w": weights * 2}) == value(weights=weights)
    assert value(weights=weights * 2) == pytest.approx(2 * value(weights=weights))
    with pytest.raises(ValueError, match="no sample weights 'w' among the features"):
        value()
