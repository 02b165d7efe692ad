"""Cross-entropy losses against their definitions."""

import pytest
import torch
from seqrec_loss_ce.ce import CE, CESampled
from torch.nn import functional as F

BACKENDS = ["chunked", "torch", "linear_cross_entropy"]


def full(batch, **settings):
    """Plain cross-entropy of the targets that count."""
    counts = batch.mask.squeeze(-1)
    labels = batch.labels.squeeze(-1)[counts]
    return F.cross_entropy(batch.logits[counts], labels, **settings)


def sampled(batch, logits, counts, **settings):
    """Plain cross-entropy of each positive against its own negatives, one pair after another."""
    losses = []
    for user, position, place in batch.mask.nonzero().tolist():
        positive = batch.logits[user, position, batch.labels[user, position, place]]
        others = logits[user, position][counts[user, position]]
        classes = torch.cat([positive[None], others])[None]
        losses.append(F.cross_entropy(classes, torch.tensor([0]), **settings))
    return torch.stack(losses)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_ce_is_torchs_cross_entropy_of_the_targets(
    make_batch, assert_same, backend, smoothing, weighted, reduction
):
    batch = make_batch()
    weight = torch.rand(11, dtype=torch.double) + 0.1 if weighted else None
    settings = {"weight": weight, "label_smoothing": smoothing, "reduction": reduction}
    loss = CE(backend=backend, **settings)
    ours = loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, full(batch, **settings))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_ce_without_reduction_keeps_every_position(make_batch, smoothing):
    batch = make_batch()
    loss = CE(reduction="none", label_smoothing=smoothing)
    losses = loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    labels = batch.labels.masked_fill(~batch.mask, -100).flatten()
    naive = F.cross_entropy(
        batch.logits.flatten(0, 1), labels, reduction="none", label_smoothing=smoothing
    )
    torch.testing.assert_close(losses, naive)
    factors = torch.rand(losses.shape, dtype=torch.double)
    for mine, theirs in zip(
        batch.gradients((losses * factors).sum()),
        batch.gradients((naive * factors).sum()),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


def test_ce_scores_heads_that_are_no_dot_product(make_batch, assert_same, cosine_head):
    batch = make_batch(head=cosine_head)
    ours = CE()(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, full(batch))


@pytest.mark.parametrize("backend", BACKENDS)
def test_ce_ignores_its_ignore_index(make_batch, assert_same, backend):
    batch = make_batch()
    open_mask = torch.ones_like(batch.mask)
    padded = batch.labels.masked_fill(~batch.mask, 11)
    loss = CE(ignore_index=11, backend=backend)
    ours = loss(batch.hidden, padded, open_mask, scorer=batch.scorer)
    assert_same(batch, ours, full(batch))


def test_ce_refuses_several_positives(make_batch):
    batch = make_batch(positives=2)
    with pytest.raises(NotImplementedError, match="one positive a position"):
        CE()(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)


def test_ce_names_the_backends(make_batch):
    batch = make_batch()
    with pytest.raises(ValueError, match="choose 'chunked'"):
        CE(backend="fast")(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)


def test_ce_names_the_reductions(make_batch):
    batch = make_batch()
    with pytest.raises(ValueError, match="'average'; choose 'mean'"):
        CE(reduction="average")(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)


def test_native_backend_refuses_other_heads(make_batch, cosine_head):
    batch = make_batch(head=cosine_head)
    loss = CE(backend="linear_cross_entropy")
    with pytest.raises(ValueError, match="dot-product head"):
        loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)


@pytest.mark.parametrize("positives", [1, 3])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_sampled_ce_is_cross_entropy_of_each_pair(
    make_batch, assert_same, draw_negatives, naive_negatives, positives, smoothing, reduction
):
    batch = make_batch(positives=positives)
    negatives = draw_negatives(batch)
    loss = CESampled(label_smoothing=smoothing, reduction=reduction)
    ours = loss(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    pairs = sampled(batch, *naive_negatives(batch, negatives), label_smoothing=smoothing)
    assert_same(batch, ours, getattr(pairs, reduction)())


def test_sampled_ce_without_reduction_gives_each_pair(make_batch, draw_negatives, naive_negatives):
    batch = make_batch(positives=3)
    negatives = draw_negatives(batch)
    loss = CESampled(reduction="none")
    ours = loss(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    pairs = sampled(batch, *naive_negatives(batch, negatives))
    torch.testing.assert_close(ours, pairs)
    for mine, theirs in zip(
        batch.gradients(ours.square().sum()), batch.gradients(pairs.square().sum()), strict=True
    ):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("ignored", [-100, -1, 2, 11])
def test_ignored_negatives_are_no_negatives(
    make_batch, assert_same, draw_negatives, naive_negatives, ignored
):
    batch = make_batch(positives=2)
    negatives = draw_negatives(batch, ignore_index=ignored)
    loss = CESampled(negative_labels_ignore_index=ignored)
    ours = loss(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    pairs = sampled(batch, *naive_negatives(batch, negatives, ignored))
    assert_same(batch, ours, pairs.mean())


def test_sampled_ce_scores_heads_that_are_no_dot_product(
    make_batch, assert_same, draw_negatives, naive_negatives, cosine_head
):
    batch = make_batch(positives=2, head=cosine_head)
    negatives = draw_negatives(batch)
    ours = CESampled()(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, sampled(batch, *naive_negatives(batch, negatives)).mean())


def test_sampled_ce_class_weights_are_torchs(make_batch, assert_same):
    batch = make_batch()
    negatives = torch.arange(11)
    weight = torch.rand(12, dtype=torch.double)
    loss = CESampled(weight=weight, reduction="sum", label_smoothing=0.3)
    apart = batch.labels.masked_fill(~batch.mask, 0)
    assert (apart[..., None] == negatives).any()
    ours = loss(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    losses = []
    for user, position, _ in batch.mask.nonzero().tolist():
        label = int(batch.labels[user, position])
        scores = batch.logits[user, position]
        keep = negatives != label
        classes = torch.cat([scores[label, None], scores[keep]])[None]
        weights = torch.cat([weight[:1], weight[1:][keep]])
        losses.append(
            F.cross_entropy(
                classes, torch.tensor([0]), weights, reduction="sum", label_smoothing=0.3
            )
        )
    assert_same(batch, ours, torch.stack(losses).sum())


def test_sampled_ce_takes_the_reference_example_settings(make_batch, draw_negatives):
    batch = make_batch()
    open_mask = torch.ones_like(batch.mask)
    padded = batch.labels.masked_fill(~batch.mask, 11)
    negatives = draw_negatives(batch)
    loss = CESampled(ignore_index=11)
    ours = loss(batch.hidden, padded, negatives, open_mask, scorer=batch.scorer)
    same = loss(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    assert ours.item() == pytest.approx(same.item())


def test_negatives_of_another_shape_are_refused(make_batch):
    batch = make_batch()
    with pytest.raises(ValueError, match=r"give \(N,\), \(3, N\) or \(3, 5, N\)"):
        CESampled()(
            batch.hidden,
            batch.labels,
            torch.zeros(4, 7, dtype=torch.long),
            batch.mask,
            scorer=batch.scorer,
        )
