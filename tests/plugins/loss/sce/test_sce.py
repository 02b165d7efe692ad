"""Scalable cross-entropy against its definition."""

import pytest
import torch
from seqrec_loss_sce.sce import SCE, ScalableCrossEntropyLoss, SCEParams
from torch.nn import functional as F


def naive(states, labels, items, real, params, targets):
    """Bucket by bucket, position by position."""
    states, labels, real = states.flatten(0, 1), labels.flatten(), real.flatten()
    count, dim = states.shape
    if params.mix_x:
        noise = torch.randn(count, params.n_buckets).double() / dim**0.25
        directions = noise.T @ states.detach()
    else:
        directions = torch.randn(params.n_buckets, dim).double() / dim**0.25
    losses = {}
    for direction in directions:
        nearness = (states.detach() @ direction).masked_fill(~real, -torch.inf)
        members = nearness.topk(min(params.bucket_size_x, count)).indices
        hard = (items.detach() @ direction).topk(min(params.bucket_size_y, len(items))).indices
        for place in members[real[members]].tolist():
            others = hard[hard != labels[place]]
            classes = states[place] @ items[torch.cat([labels[place, None], others])].T
            loss = F.cross_entropy(classes[None], torch.tensor([0]))
            losses.setdefault(place, []).append(loss)
    hardest = [torch.stack(each).max() for at, each in losses.items() if targets.flatten()[at]]
    return torch.stack(hardest).mean()


@pytest.mark.parametrize("mix_x", [False, True])
@pytest.mark.parametrize("sizes", [(3, 5, 7), (6, 100, 100)])
@pytest.mark.parametrize("masked", [False, True])
def test_sce_is_the_hardest_loss_of_each_position(make_batch, assert_same, mix_x, sizes, masked):
    batch = make_batch()
    params = SCEParams(*sizes, mix_x=mix_x)
    real = batch.mask.squeeze(-1)
    labels = batch.labels.squeeze(-1)
    visible = torch.rand(real.shape) < 0.3 if masked else torch.zeros_like(real)
    torch.manual_seed(1)
    ours = ScalableCrossEntropyLoss(params)(
        batch.hidden, labels, batch.table[:-1], real, visible if masked else None
    )
    torch.manual_seed(1)
    targets = real & ~visible
    assert_same(batch, ours, naive(batch.hidden, labels, batch.table[:-1], real, params, targets))


def test_the_adapter_is_the_loss_of_the_targets(make_batch, assert_same):
    batch = make_batch()
    torch.manual_seed(1)
    ours = SCE(4, 6, 8)(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    torch.manual_seed(1)
    mask = batch.mask.squeeze(-1)
    loss = ScalableCrossEntropyLoss(SCEParams(4, 6, 8))
    assert_same(batch, ours, loss(batch.hidden, batch.labels[..., 0], batch.table[:-1], mask))


def test_buckets_of_everything_give_full_cross_entropy(make_batch, assert_same):
    batch = make_batch()
    ours = SCE(2, 1000, 1000)(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    counts = batch.mask.squeeze(-1)
    full = F.cross_entropy(batch.logits[counts], batch.labels.squeeze(-1)[counts])
    assert_same(batch, ours, full)


def test_half_precision_comes_close_to_double(make_batch):
    batch = make_batch()
    expected = SCE(2, 99, 99)(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    half = batch.but(hidden=batch.hidden.half(), table=batch.table.half())
    ours = SCE(2, 99, 99)(half.hidden, half.labels, half.mask, scorer=half.scorer)
    assert ours.dtype == torch.float32
    assert ours.item() == pytest.approx(expected.item(), rel=0.01)
    with torch.autocast("cpu", torch.float16):
        mixed = batch.but(hidden=batch.hidden.float(), table=batch.table.float())
        ours = SCE(2, 99, 99)(mixed.hidden, mixed.labels, mixed.mask, scorer=mixed.scorer)
    assert ours.item() == pytest.approx(expected.item(), rel=0.01)


def test_the_adapter_refuses_what_it_cannot_sort(make_batch, cosine_head):
    batch = make_batch(head=cosine_head)
    with pytest.raises(ValueError, match="dot-product head"):
        SCE(2, 3, 4)(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)


def test_the_adapter_refuses_several_positives(make_batch):
    batch = make_batch(positives=2)
    with pytest.raises(NotImplementedError, match="one positive a position"):
        SCE(2, 3, 4)(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)


@pytest.mark.parametrize("field", ["n_buckets", "bucket_size_x", "bucket_size_y"])
def test_params_refuse_empty_buckets(field):
    sizes = {"n_buckets": 2, "bucket_size_x": 3, "bucket_size_y": 4}
    with pytest.raises(ValueError, match=field):
        SCEParams(**{**sizes, field: 0})
