"""Weighted cross-entropy losses against their definitions."""

import pytest
import torch
from seqrec_loss_ce.ce import CE, CESampled
from seqrec_loss_ce_weighted.ce_weighted import CESampledWeighted, CEWeighted
from torch.nn import functional as F

from seqrec_core.contracts import Labels

BACKENDS = ["chunked", "torch", "linear_cross_entropy"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("flat", [False, True])
def test_ce_weights_line_up_position_by_position(make_batch, assert_same, backend, flat):
    batch = make_batch()
    weights = torch.rand(batch.mask.shape, dtype=torch.double)
    loss = CEWeighted("w", label_smoothing=0.1, backend=backend)
    features = {"w": weights.squeeze(-1) if flat else weights}
    ours = loss(
        batch.hidden, batch.labels, batch.mask, scorer=batch.scorer, feature_tensors=features
    )
    counts = batch.mask.squeeze(-1)
    labels = batch.labels.squeeze(-1)[counts]
    losses = F.cross_entropy(batch.logits[counts], labels, reduction="none", label_smoothing=0.1)
    assert_same(batch, ours, (losses * weights[batch.mask]).mean())


def test_ce_weights_of_one_change_nothing(make_batch, assert_same):
    batch = make_batch()
    arguments = (batch.hidden, batch.labels, batch.mask)
    features = {"w": torch.ones(batch.mask.shape)}
    ours = CEWeighted("w")(*arguments, scorer=batch.scorer, feature_tensors=features)
    assert_same(batch, ours, CE()(*arguments, scorer=batch.scorer))


@pytest.mark.parametrize("features", [None, {"other": torch.ones(3, 5, 1)}])
def test_missing_weights_are_named(make_batch, features):
    batch = make_batch()
    with pytest.raises(ValueError, match="no sample weights 'w'"):
        CEWeighted("w")(
            batch.hidden, batch.labels, batch.mask, scorer=batch.scorer, feature_tensors=features
        )


def test_weights_of_another_shape_are_refused(make_batch):
    batch = make_batch()
    features = {"w": torch.ones(3, 4, 1)}
    with pytest.raises(ValueError, match=r"\(3, 4, 1\)"):
        CEWeighted("w")(
            batch.hidden, batch.labels, batch.mask, scorer=batch.scorer, feature_tensors=features
        )


def test_sampled_ce_weights_line_up_with_their_labels(make_batch, assert_same, draw_negatives):
    batch = make_batch(positives=3)
    negatives = draw_negatives(batch)
    weights = torch.rand(batch.mask.shape, dtype=torch.double)
    arguments = (batch.hidden, batch.labels, negatives, batch.mask)
    features = {"w": weights}
    ours = CESampledWeighted("w")(*arguments, scorer=batch.scorer, feature_tensors=features)
    pairs = CESampled(reduction="none")(*arguments, scorer=batch.scorer)
    assert_same(batch, ours, (pairs * weights[batch.mask]).mean())


@pytest.mark.parametrize("loss", [CEWeighted, CESampledWeighted])
def test_a_mean_may_divide_by_the_sum_of_weights(make_batch, assert_same, loss):
    batch, negatives = make_batch(), torch.arange(7)
    weights = torch.rand(batch.mask.shape, dtype=torch.double)
    weights[~batch.mask] = 99  # those of padding do not count

    def value(weights, **settings):
        labels = Labels(batch.labels, batch.mask, negatives, weights)
        return loss("w", **settings)(batch.hidden, labels, scorer=batch.scorer)

    divided = value(weights, normalize="weights")
    expected = value(weights) * batch.mask.sum() / weights[batch.mask].sum()
    assert_same(batch, divided, expected)
    scaled = value(weights * 7, normalize="weights")
    assert scaled.item() == pytest.approx(divided.item())
    assert value(weights * 0, normalize="weights") == 0
    with pytest.raises(ValueError, match="normalize is 'sum'; choose 'count' or 'weights'"):
        value(weights, normalize="sum")
